"""Translators, and the files they are kept in."""

from __future__ import annotations

import copy
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from timm.models.deit import VisionTransformerDistilled
from timm.models.vision_transformer import VisionTransformer

from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels
from vitwidgets.methods.logit_lens import LogitLens
from vitwidgets.methods.tuned_lens import LensTraining, TunedLens
from vitwidgets.methods.tuning.divergence_by_layer import LensDivergence
from vitwidgets.methods.tuning.file import (
    LENS_FILES,
    DamagedLensError,
    LensMismatchError,
)
from vitwidgets.methods.tuning.translators import Translators
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import UnsupportedModelError

GRID = GRIDS["square, cls"]
FIVE = GRIDS["oblong, five"]
BARE = GRIDS["oblong, no prefix"]


def distilled() -> HookedViT:
    torch.manual_seed(0)
    module = VisionTransformerDistilled(
        img_size=32, patch_size=8, embed_dim=32, depth=3, num_heads=4, num_classes=6
    )
    with torch.no_grad():
        for head in (module.head, module.head_dist):
            head.weight.normal_()
    return HookedViT(module.eval())


def plain_vit(**options: Any) -> HookedViT:
    sizes = {"img_size": 32, "patch_size": 8, "embed_dim": 32, "depth": 3}
    given = {**sizes, "num_heads": 4, "num_classes": 6, **options}
    return HookedViT(VisionTransformer(**given).eval())


def not_pooled() -> HookedViT:
    """Give a model that has a class token and pools its patches."""
    return plain_vit(global_pool="avg", fc_norm=False)


MODELS = {
    "class token": lambda: (hooked_vit(GRID), GRID),
    "registers": lambda: (hooked_vit(FIVE), FIVE),
    "norm, then mean": lambda: (hooked_vit(BARE, fc_norm=False), BARE),
    "mean, then norm": lambda: (hooked_vit(BARE, fc_norm=True), BARE),
    "class token not pooled": lambda: (not_pooled(), GRID),
    "distilled": lambda: (distilled(), GRID),
}
KINDS = {
    "class token": ["cls", "patches"],
    "registers": ["cls", "patches"],
    "norm, then mean": ["patches"],
    "mean, then norm": ["patches"],
    "class token not pooled": ["patches"],
    "distilled": ["cls", "dist", "patches"],
}


def random_lens(model: HookedViT) -> TunedLens:
    lens = TunedLens.untrained(model)
    generator = torch.Generator().manual_seed(5)
    translators = {
        kind: Translators(
            0.1 * torch.randn(each.weight.shape, generator=generator),
            torch.randn(each.bias.shape, generator=generator),
        )
        for kind, each in lens.translators.items()
    }
    return dataclasses.replace(lens, translators=translators)


def fitted_lens(model: HookedViT) -> TunedLens:
    numbers = {"cls": torch.rand(4).double(), "patches": torch.rand(4).double()}
    return dataclasses.replace(
        random_lens(model),
        training=LensTraining(20, 8, 0.003, 7, 160),
        divergence=LensDivergence(20, numbers, {k: v / 3 for k, v in numbers.items()}),
    )


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("norm", ["own", "final"])
def test_untrained_it_is_the_plain_lens_exactly(name: str, norm: Any):
    model, grid = MODELS[name]()
    with torch.no_grad():
        _, cache = model.run_with_cache(pixels(grid, 2))
    lens = TunedLens.untrained(model)
    assert list(lens.translators) == KINDS[name]
    plain = LogitLens(model, cache, norm=norm)
    tuned = LogitLens(model, cache, norm=norm, translators=lens)
    for layer in range(-1, 3):
        assert torch.equal(tuned.logits(layer), plain.logits(layer))


@pytest.mark.parametrize("name", MODELS)
def test_each_token_is_moved_by_the_map_of_its_kind(name: str):
    model, _ = MODELS[name]()
    lens = random_lens(model)
    names = model.config.prefix_names
    n_tokens = model.config.n_tokens
    stream = torch.randn(2, n_tokens, 32, generator=torch.Generator().manual_seed(1))
    before = stream.clone()
    for layer in range(-1, 2):
        moved = lens.translate(layer, stream, range(n_tokens))
        for token in range(n_tokens):
            kind = names[token] if token < len(names) else "patches"
            expected = stream[:, token]
            if kind in lens.translators:
                own = lens.translators[kind]
                change = [own.weight[layer + 1] @ row for row in expected]
                expected = expected + torch.stack(change) + own.bias[layer + 1]
            torch.testing.assert_close(moved[:, token], expected)
    some = [n_tokens - 1, 0]
    torch.testing.assert_close(
        lens.translate(0, stream[:, some], some),
        lens.translate(0, stream, range(n_tokens))[:, some],
    )
    assert torch.equal(stream, before)


def test_after_the_last_block_nothing_is_moved():
    model, _ = MODELS["class token"]()
    stream = torch.randn(1, 17, 32)
    lens = random_lens(model)
    assert lens.translate(2, stream, range(17)) is stream
    for layer in (-2, 3):
        with pytest.raises(IndexError, match="there is no layer"):
            lens.translate(layer, stream, range(17))


def test_a_site_is_translated_as_the_layer_that_it_ends():
    model = hooked_vit(GRID)
    with torch.no_grad():
        _, cache = model.run_with_cache(pixels(GRID, 1), "*.hook_resid_*")
    lens = LogitLens(model, cache, translators=random_lens(model))
    same = {
        -1: ["blocks.0.hook_resid_pre"],
        0: ["blocks.0.hook_resid_post", "blocks.1.hook_resid_pre"],
        1: ["blocks.1.hook_resid_post", "blocks.2.hook_resid_pre"],
        2: ["blocks.2.hook_resid_post"],
    }
    for layer, sites in same.items():
        for site in sites:
            torch.testing.assert_close(lens.logits(site), lens.logits(layer))
    with pytest.raises(ValueError, match="between layers, where a tuned lens has no"):
        lens.logits("blocks.1.hook_resid_mid")


def test_half_precision_is_moved_in_float32():
    model, _ = MODELS["class token"]()
    lens = random_lens(model)
    stream = torch.randn(1, 17, 32).half()
    moved = lens.translate(0, stream, range(17))
    assert moved.dtype == torch.float16
    exact = lens.translate(0, stream.float(), range(17))
    assert torch.equal(moved, exact.half())


def test_a_lens_comes_back_from_its_file_as_it_was(tmp_path: Path):
    model, _ = MODELS["class token"]()
    lens = fitted_lens(model)
    path = tmp_path / "own.safetensors"
    path.write_bytes(b"what was there before")
    mode = path.stat().st_mode
    lens.save(path)
    assert path.stat().st_mode == mode
    assert list(tmp_path.iterdir()) == [path]
    found = TunedLens.load(path, model)
    for kind, each in lens.translators.items():
        assert torch.equal(found.translators[kind].weight, each.weight)
        assert torch.equal(found.translators[kind].bias, each.bias)
    assert found.training == lens.training
    assert found.model_name == model.name
    assert str(found) == str(lens)
    assert found.divergence is not None
    for own, read in (
        ("plain", found.divergence.plain),
        ("tuned", found.divergence.tuned),
    ):
        for kind, values in getattr(lens.divergence, own).items():
            assert torch.equal(read[kind], values)
    assert found.is_of(model)


def test_an_untrained_lens_has_a_file_too(tmp_path: Path):
    model, _ = MODELS["mean, then norm"]()
    TunedLens.untrained(model).save(tmp_path / "lens")
    found = TunedLens.load(tmp_path / "lens", model)
    assert found.training is None
    assert found.divergence is None
    assert "not fitted" in repr(found)


def changed(what: str) -> HookedViT:
    module: Any = copy.deepcopy(hooked_vit(GRID).module)
    with torch.no_grad():
        if what == "norm":
            module.norm.bias[3] += 1e-3
        else:
            module.head.weight[2, 5] += 1e-3
    return HookedViT(module)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (lambda: changed("norm"), "final norm or classifier has other weights"),
        (lambda: changed("head"), "final norm or classifier has other weights"),
        (lambda: hooked_vit(GRID, num_classes=7), "has other weights"),
        (lambda: plain_vit(depth=2), "blocks: 3 there, 2 here"),
        (lambda: plain_vit(embed_dim=16), "d_model: 32 there, 16 here"),
        (lambda: hooked_vit(FIVE), "prefix tokens:"),
        (not_pooled, "kinds of tokens:"),
    ],
)
def test_another_model_is_refused_with_the_reason(
    other: Any, reason: str, tmp_path: Path
):
    lens = fitted_lens(hooked_vit(GRID))
    lens.save(tmp_path / "lens")
    model = other()
    with pytest.raises(LensMismatchError, match=reason) as caught:
        TunedLens.load(tmp_path / "lens", model)
    assert "train_tuned_lens" in str(caught.value)
    with torch.no_grad():
        _, cache = model.run_with_cache(pixels(model.grid, 1))
    with pytest.raises(ValueError, match=reason):
        LogitLens(model, cache, translators=lens)
    assert not lens.is_of(model)


def test_another_body_under_the_same_head_is_taken_but_known():
    module: Any = copy.deepcopy(hooked_vit(GRID).module)
    with torch.no_grad():
        module.blocks[0].mlp.fc1.weight += 1e-3
    other = HookedViT(module)
    lens = fitted_lens(hooked_vit(GRID))
    lens.require_fit(other)
    assert not lens.is_of(other)


def test_a_model_without_a_head_has_no_lens(tmp_path: Path):
    bare = hooked_vit(GRID, num_classes=0)
    with pytest.raises(UnsupportedModelError, match="no classifier"):
        TunedLens.untrained(bare)
    fitted_lens(hooked_vit(GRID)).save(tmp_path / "lens")
    with pytest.raises(UnsupportedModelError, match="no classifier"):
        TunedLens.load(tmp_path / "lens", bare)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lens") / "good.safetensors"
    fitted_lens(hooked_vit(GRID)).save(path)
    return path


def rewritten(saved: Path, path: Path, **changes: str) -> None:
    with safe_open(saved, framework="pt") as file:
        metadata = {**file.metadata(), **changes}
    save_file(load_file(saved), path, metadata)


@pytest.mark.parametrize("keep", [0, 5, 1_000, -1])
def test_a_cut_file_is_refused(saved: Path, keep: int, tmp_path: Path):
    path = tmp_path / "cut.safetensors"
    path.write_bytes(saved.read_bytes()[:keep])
    with pytest.raises(DamagedLensError, match=r"cut\.safetensors"):
        TunedLens.load(path, hooked_vit(GRID))


def test_a_changed_value_is_noticed(saved: Path, tmp_path: Path):
    contents = bytearray(saved.read_bytes())
    contents[-3] ^= 1
    path = tmp_path / "lens"
    path.write_bytes(contents)
    with pytest.raises(DamagedLensError, match="values are not what was written"):
        TunedLens.load(path, hooked_vit(GRID))


def test_a_changed_record_is_noticed(saved: Path, tmp_path: Path):
    with safe_open(saved, framework="pt") as file:
        record = json.loads(file.metadata()["record"])
    record["training"]["steps"] = 10_000
    path = tmp_path / "lens"
    rewritten(saved, path, record=json.dumps(record))
    with pytest.raises(DamagedLensError, match="record is not what was written"):
        TunedLens.load(path, hooked_vit(GRID))


def test_another_format_is_named(saved: Path, tmp_path: Path):
    path = tmp_path / "lens"
    rewritten(saved, path, vitwidgets_tuned_lens="2")
    with pytest.raises(
        DamagedLensError, match="of format 2, this version of vitwidgets reads format 1"
    ):
        TunedLens.load(path, hooked_vit(GRID))


def test_foreign_files_are_told_apart(tmp_path: Path):
    model = hooked_vit(GRID)
    weights = tmp_path / "weights.safetensors"
    save_file(dict(model.module.state_dict()), weights)
    with pytest.raises(DamagedLensError, match=r"no TunedLens\.save wrote"):
        TunedLens.load(weights, model)
    lacking = tmp_path / "lacking.safetensors"
    LENS_FILES.write_copies(lacking, {"x": torch.zeros(1)}, {"training": None})
    with pytest.raises(DamagedLensError, match="lacks what a tuned lens has"):
        TunedLens.load(lacking, model)
    with pytest.raises(FileNotFoundError, match="there is no file"):
        TunedLens.load(tmp_path / "nowhere", model)


def test_where_nothing_can_be_written_that_is_said(tmp_path: Path):
    lens = fitted_lens(hooked_vit(GRID))
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        lens.save(tmp_path / "nowhere" / "lens")
    with pytest.raises(IsADirectoryError, match="add a file name"):
        lens.save(tmp_path)
    assert not any(tmp_path.iterdir())


def test_an_interrupted_save_leaves_the_file_as_it_was(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "lens"
    path.write_bytes(saved.read_bytes())

    def interrupted(self: Path, target: Path):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        TunedLens.untrained(hooked_vit(GRID)).save(path)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == saved.read_bytes()
