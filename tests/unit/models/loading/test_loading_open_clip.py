"""Towers of open_clip: names, tags, files, sizes, and its own preprocessing."""

from __future__ import annotations

import copy
import logging

import numpy as np
import open_clip
import pytest
import torch
from open_clip import factory, pretrained
from PIL import Image
from safetensors.torch import save_file

from tests.unit.models.offline import downloaded, refuse_network
from vitwidgets.images import prepare_image
from vitwidgets.models import load_model
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.loading.load_model import (
    CheckpointError,
    UnknownModelError,
    WeightsUnavailableError,
)

TEXT = {"context_length": 8, "vocab_size": 32, "width": 16, "heads": 2, "layers": 2}
VISION = {
    "image_size": 64,
    "layers": 2,
    "width": 32,
    "head_width": 16,
    "patch_size": 16,
}
CONFIGS = {
    "Mini-16": {"embed_dim": 8, "vision_cfg": VISION, "text_cfg": TEXT},
    "Mini-16-SigLIP": {
        "embed_dim": 64,
        "custom_text": True,
        "vision_cfg": {
            "image_size": 160,
            "timm_model_name": "test_vit",
            "timm_pool": "",
            "timm_proj": "none",
        },
        "text_cfg": TEXT,
    },
    "roberta-Mini-16": {
        "embed_dim": 8,
        "vision_cfg": VISION,
        "text_cfg": {"hf_model_name": "no/such", "hf_tokenizer_name": "no/such"},
    },
}
TAGS = {
    "web": pretrained._pcfg(hf_hub="someone/mini/"),
    "squashed": pretrained._slpcfg(hf_hub="someone/mini-squashed/weights.bin"),
    "quick": pretrained._pcfg(hf_hub="someone/mini-quick/", quick_gelu=True),
}


@pytest.fixture(autouse=True)
def no_network(monkeypatch, tmp_path):
    """Add small architectures with tags, on a machine without a network."""
    for name, config in CONFIGS.items():
        monkeypatch.setitem(factory._MODEL_CONFIGS, name, config)
        monkeypatch.setitem(pretrained._PRETRAINED, name, TAGS)
    return refuse_network(monkeypatch, tmp_path)


def build(name, seed=0, **options):
    torch.manual_seed(seed)
    return open_clip.create_model(name, **options).eval()


def assert_same(model, tower):
    height, width = model.config.image_size
    images = torch.randn(2, 3, height, width)
    with torch.inference_mode():
        assert torch.equal(model(images), tower(images))


@pytest.mark.parametrize("name", ["Mini-16", "Mini-16/web", "Mini/16", "Mini/16/web"])
def test_random_weights_are_those_of_open_clip(name, no_network):
    expected = build("Mini-16", seed=3)
    torch.manual_seed(3)
    model = load_model(f"open_clip:{name}", pretrained=False)
    assert_same(model, expected.visual)
    assert model.name == f"open_clip:{name}"
    assert not model.module.training
    assert no_network == []


@pytest.mark.parametrize("write", [save_file, torch.save])
@pytest.mark.parametrize("name", ["Mini-16", "Mini-16-SigLIP"])
def test_weights_from_a_file(name, write, tmp_path, no_network):
    expected = build(name, seed=4)
    path = tmp_path / ("w.safetensors" if write is save_file else "w.pt")
    write(expected.state_dict(), path)
    model = load_model(f"open_clip:{name}", pretrained=path)
    assert_same(model, expected.visual)
    half = load_model(f"open_clip:{name}", pretrained=path, dtype="bfloat16")
    assert_same_half(half, expected.visual)
    assert no_network == []


def assert_same_half(model, tower):
    height, width = model.config.image_size
    images = torch.randn(1, 3, height, width).bfloat16()
    with torch.inference_mode():
        assert torch.equal(model(images), copy.deepcopy(tower).bfloat16()(images))


@pytest.mark.parametrize(
    ("tag", "repository", "file"),
    [
        ("web", "someone/mini", "open_clip_model.safetensors"),
        ("web", "someone/mini", "open_clip_pytorch_model.bin"),
        ("squashed", "someone/mini-squashed", "weights.bin"),
        ("squashed", "someone/mini-squashed", "weights.safetensors"),
        ("quick", "someone/mini-quick", "open_clip_model.safetensors"),
    ],
)
def test_weights_downloaded_before_need_no_network(
    tag, repository, file, tmp_path, no_network
):
    quick = tag == "quick"
    expected = build("Mini-16", seed=5, force_quick_gelu=quick)
    write = save_file if file.endswith("safetensors") else torch.save
    write(expected.state_dict(), downloaded(tmp_path, repository) / file)
    model = load_model(f"open_clip:Mini-16/{tag}")
    assert_same(model, expected.visual)
    assert no_network == []


def picture(size):
    rng = np.random.default_rng(0)
    return Image.fromarray(rng.integers(0, 256, (*size, 3), dtype=np.uint8))


@pytest.mark.parametrize("tag", ["web", "squashed"])
@pytest.mark.parametrize("size", [None, 96, (64, 96)])
@pytest.mark.parametrize("shape", [(90, 130), (200, 70)])
def test_pictures_are_prepared_as_open_clip_does(tag, size, shape):
    settings = {key: TAGS[tag][key] for key in ("mean", "std", "resize_mode")}
    forced = {"image_size": size} if size else {}
    _, _, transform = open_clip.create_model_and_transforms(
        "Mini-16",
        **{f"force_{key}": value for key, value in forced.items()},
        **{f"image_{key}": value for key, value in settings.items()},
    )
    model = load_model(f"open_clip:Mini-16/{tag}", pretrained=False, **forced)
    prepared = prepare_image(picture(shape), model.preprocessing)
    assert torch.equal(prepared.pixels[0], transform(picture(shape)))
    assert prepared.pixels.shape[2:] == model.config.image_size


@pytest.mark.parametrize("name", ["Mini-16", "Mini-16-SigLIP"])
def test_positions_are_interpolated_by_open_clip(name, tmp_path):
    saved = build(name, seed=6)
    save_file(saved.state_dict(), tmp_path / "w.safetensors")
    expected = open_clip.create_model(
        name, pretrained=str(tmp_path / "w.safetensors"), force_image_size=(96, 128)
    )
    model = load_model(
        f"open_clip:{name}", pretrained=tmp_path / "w.safetensors", image_size=(96, 128)
    )
    assert model.config.image_size == model.preprocessing.input_size == (96, 128)
    assert_same(model, expected.eval().visual)


def test_sizes_that_do_not_fit_are_refused_before_a_download(no_network):
    with pytest.raises(ValueError, match=r"not a multiple of .*\(96, 96\) is"):
        load_model("open_clip:Mini-16/web", image_size=100)
    with pytest.raises(ValueError, match=r"cannot take images .*it reads text"):
        load_model("open_clip:Mini-16/web#text", image_size=96)
    assert no_network == []


def test_text_towers(tmp_path):
    clip = build("Mini-16", seed=7)
    save_file(clip.state_dict(), tmp_path / "w.safetensors")
    model = load_model("open_clip:Mini-16#text", pretrained=tmp_path / "w.safetensors")
    tokens = torch.randint(0, 32, (2, 8))
    with torch.inference_mode():
        assert torch.equal(model(tokens), clip.encode_text(tokens))
    assert model.preprocessing is None


def test_a_text_tower_of_another_package_is_refused(no_network):
    with pytest.raises(UnsupportedModelError, match="package transformers"):
        load_model("open_clip:roberta-Mini-16#text", pretrained=False)
    model = load_model("open_clip:roberta-Mini-16", pretrained=False)
    assert model.config.image_size == (64, 64)
    assert no_network == []


def test_what_is_missing_for_such_a_text_tower_is_said(monkeypatch, no_network):
    find = "vitwidgets.models.loading.from_open_clip.importlib.util.find_spec"
    monkeypatch.setattr(find, lambda name: None)
    with pytest.raises(WeightsUnavailableError, match="pip install transformers"):
        load_model("open_clip:roberta-Mini-16/web")
    assert no_network == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ViT-B-23", "did you mean 'open_clip:ViT-B-32"),
        ("vit-b-32/openai", "did you mean 'open_clip:ViT-B-32'"),
        ("qqqqqqqqqq/web", r"no model 'open_clip:qqqqqqqqqq/web'; open_clip\.list_mod"),
        ("", "no model 'open_clip:'"),
        ("Mini-16/wb", "no weights 'wb' for .*did you mean 'web'"),
        (
            "Mini-16/openai",
            r"'Mini-16' has web, squashed, quick, and a .*'open_clip:Mini-16/web'",
        ),
        ("Mini-16/web#image", "behind '#' only 'text' is known"),
    ],
)
@pytest.mark.parametrize("trained", [False, True])
def test_unknown_names_suggest_near_ones(name, message, trained, no_network):
    with pytest.raises(UnknownModelError, match=message):
        load_model(f"open_clip:{name}", pretrained=trained)
    assert no_network == []


def test_trained_weights_have_to_be_named(monkeypatch):
    with pytest.raises(
        UnknownModelError, match=r"no weights are named in .* has web, sq"
    ):
        load_model("open_clip:Mini-16")
    monkeypatch.setitem(pretrained._PRETRAINED, "Mini-16", {})
    with pytest.raises(WeightsUnavailableError, match="has no trained weights for 'Mi"):
        load_model("open_clip:Mini-16")


def test_other_architectures_are_refused_without_a_download(no_network):
    with pytest.raises(UnsupportedModelError):
        load_model("open_clip:RN50/openai")
    assert no_network == []


def test_an_unreachable_hub_is_one_sentence_after_one_try(no_network):
    with pytest.raises(WeightsUnavailableError) as caught:
        load_model("open_clip:Mini-16/web")
    message = str(caught.value)
    assert "are not on this machine and the model hub cannot be reached" in message
    assert 'pretrained="FILE"' in message
    assert "load_model() for the bundled" in message
    assert message.count(". ") == 0
    assert "\n" not in message
    assert len(no_network) == 1


def test_weights_of_another_architecture_name_the_differences(tmp_path):
    state = build("Mini-16").state_dict()
    state["visual.ln_pre.extra"] = state.pop("visual.ln_pre.weight")
    save_file(state, tmp_path / "w.safetensors")
    with pytest.raises(CheckpointError) as caught:
        load_model("open_clip:Mini-16", pretrained=tmp_path / "w.safetensors")
    missing = "1 missing (visual.ln_pre.weight), 1 unexpected (visual.ln_pre.extra)"
    assert missing in str(caught.value)
    assert "of 'open_clip:Mini-16'" in str(caught.value)


def test_a_pickle_with_code_is_refused_and_not_run(tmp_path):
    class Malice:
        def __reduce__(self):
            return open, (str(tmp_path / "harmed"), "w")

    torch.save({"logit_scale": Malice()}, tmp_path / "w.pt")
    with pytest.raises(CheckpointError, match="pickle of more than tensors"):
        load_model("open_clip:Mini-16", pretrained=tmp_path / "w.pt")
    assert not (tmp_path / "harmed").exists()


def test_open_clips_advice_on_random_weights_is_kept_quiet(caplog):
    with caplog.at_level(logging.INFO):
        load_model("open_clip:Mini-16", pretrained=False)
        logging.getLogger().warning("of somebody else")
    assert [record.message for record in caplog.records] == ["of somebody else"]
    assert not logging.getLogger().filters
