from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import open_clip
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.testing import assert_close

import vitwidgets as vw
from tests.unit.mice.clip.short_training import CPU, SHORT
from vitwidgets.images.preprocessing import prepare_image
from vitwidgets.mice.bundle import BundleError
from vitwidgets.mice.clip.architecture import build_clip, tokenizer
from vitwidgets.mice.clip.bundle import (
    read_clip_bundle,
    record_clip_evaluation,
    write_clip,
)
from vitwidgets.mice.clip.evaluation import DEFINITIONS
from vitwidgets.mice.clip.training_state import start_clip
from vitwidgets.mice.evaluation import Tally
from vitwidgets.models.loading import bundled_clip
from vitwidgets.models.loading.bundled_clip import load_bundled_clip, stored, unfolded
from vitwidgets.models.loading.errors import CheckpointError, DamagedModelError
from vitwidgets.models.loading.load_request import LoadRequest

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

KNOWN = ["a cat", "two red dogs"]


def some_clip() -> nn.Module:
    """A model that knows the words of `KNOWN`."""
    torch.manual_seed(0)
    clip = build_clip().eval()
    rows = tokenizer()(KNOWN).unique()
    torch.nn.init.normal_(clip.visual.proj)
    with torch.no_grad():
        clip.token_embedding.weight[rows] = torch.randn(len(rows), 128)
    return clip


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    font = tmp_path / "font.ttf"
    font.write_bytes(b"letters")
    state = start_clip(SHORT, CPU)
    state.model.load_state_dict(some_clip().state_dict())
    write_clip(tmp_path / "new" / "one", state, font=font, device="an abacus")
    return tmp_path / "new" / "one"


def card_of(folder: Path) -> dict:
    return json.loads((folder / "emoji-clip.json").read_text(encoding="utf-8"))


def test_what_is_written_is_read_back_in_half_precision(bundle: Path) -> None:
    random_before = torch.get_rng_state()
    clip = read_clip_bundle(bundle)
    assert torch.equal(torch.get_rng_state(), random_before)
    assert type(clip) is open_clip.CLIP
    assert not clip.training
    trained = some_clip().state_dict()
    assert clip.state_dict().keys() == trained.keys()
    for name, tensor in clip.state_dict().items():
        assert torch.equal(tensor, trained[name].half().float()), name


def test_it_is_small_and_the_card_tells_how_to_do_it_again(bundle: Path) -> None:
    card = card_of(bundle)
    weights = bundle / card["weights"]["file"]
    assert card["weights"]["bytes"] == weights.stat().st_size <= 4_500_000
    assert card["training"]["recipes"] == [asdict(SHORT)]
    assert "chance" in card["training"]["beginning"]
    held = load_file(weights)
    words = ["<start_of_text>", "<end_of_text>", "a</w>", "two</w>", "red</w>"]
    assert {*words, "cat</w>", "dogs</w>"} <= set(card["tokens"])
    assert len(card["tokens"]) == len(held["token_embedding.rows"]) == 8
    count = sum(tensor.numel() for tensor in held.values()) - 8  # the numbers of words
    assert card["training"]["parameters"] == count


def test_both_towers_load_as_those_of_open_clip(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = vw.images.sample("cat-and-dog")
    monkeypatch.setattr(bundled_clip.resources, "files", lambda _: bundle.parent)
    bundle.rename(bundle.parent / "bundled")
    clip = read_clip_bundle(bundle.parent / "bundled")
    image, text = vw.load_model("emoji-clip"), vw.load_model("emoji-clip#text")
    assert (image.name, text.name) == ("emoji-clip", "emoji-clip#text")
    assert image.config.model_class == "open_clip.transformer.VisionTransformer"
    assert (image.config.n_layers, image.config.n_heads) == (6, 4)
    assert (text.config.n_layers, text.config.context_length) == (3, 32)
    with torch.no_grad():
        pixels = prepare_image(picture, image.preprocessing).pixels
        assert torch.equal(image(pixels), clip.encode_image(pixels))
        tokens = tokenizer()(KNOWN)
        assert torch.equal(text(tokens), clip.encode_text(tokens))
        transform = open_clip.image_transform(
            64, is_train=False, mean=(0.5,) * 3, std=(0.5,) * 3
        )
        assert_close(pixels[0], transform(picture.image))


def test_unknown_words_say_nothing(bundle: Path) -> None:
    clip = read_clip_bundle(bundle)
    with torch.no_grad():
        one, other = clip.encode_text(tokenizer()(["a whale", "a violin"]))
        known = clip.encode_text(tokenizer()(["a cat"]))[0]
    assert torch.equal(one, other)
    assert not torch.allclose(one, known)


def test_weights_from_a_file_whole_or_without_the_unknown(
    bundle: Path, tmp_path: Path
) -> None:
    state = some_clip().state_dict()
    for file, tensors in (
        ("whole.safetensors", state),
        ("short.safetensors", stored(state)),
    ):
        save_file(tensors, tmp_path / file)
        request = LoadRequest("emoji-clip", file=tmp_path / file)
        module = load_bundled_clip(request, bundle).module
        assert torch.equal(module.proj, state["visual.proj"])
    save_file({"visual.proj": state["visual.proj"]}, tmp_path / "part.safetensors")
    with pytest.raises(CheckpointError, match="emoji-clip"):
        load_bundled_clip(
            LoadRequest("emoji-clip", file=tmp_path / "part.safetensors"), bundle
        )


def test_random_weights_follow_the_seed(bundle: Path) -> None:
    request = LoadRequest("emoji-clip", trained=False)
    torch.manual_seed(5)
    one = load_bundled_clip(request, bundle).module.proj
    torch.manual_seed(5)
    assert torch.equal(load_bundled_clip(request, bundle).module.proj, one)
    assert not torch.equal(load_bundled_clip(request, bundle).module.proj, one)


def test_another_image_size_is_refused(bundle: Path) -> None:
    request = LoadRequest("emoji-clip", image_size=(128, 128))
    with pytest.raises(ValueError, match="its size is fixed"):
        load_bundled_clip(request, bundle)


def test_storing_is_undone_exactly() -> None:
    state = some_clip().state_dict()
    again = unfolded(stored(state), 49_408)
    assert again.keys() == state.keys()
    for name, tensor in again.items():
        assert torch.equal(tensor, state[name]), name


def test_damage_is_told(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="mice train-clip --output"):
        read_clip_bundle(tmp_path)
    weights = bundle / "emoji-clip.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(DamagedModelError, match="SHA-256"):
        read_clip_bundle(bundle)
    card = card_of(bundle)
    card["architecture"]["text_cfg"]["layers"] = 2
    content[-1] ^= 1
    weights.write_bytes(content)
    (bundle / "emoji-clip.json").write_text(json.dumps(card))
    with pytest.raises(DamagedModelError, match="do not fit together"):
        read_clip_bundle(bundle)


def test_figures_are_recorded_and_nothing_else_changes(bundle: Path) -> None:
    before = card_of(bundle)
    figures = {name: Tally(30, 40) for name in DEFINITIONS}
    record_clip_evaluation(bundle, figures, count=40, seed=5)
    after = card_of(bundle)
    evaluation = after.pop("evaluation")
    assert before.pop("evaluation") is None
    assert after == before
    assert (evaluation["scenes"], evaluation["seed"]) == (40, 5)
    assert evaluation["figures"]["zero_shot_top1"]["at_least"] == 0.9
    assert "at_least" not in evaluation["figures"]["count"]
    assert "a photo of a cat." in evaluation["prompts"]
