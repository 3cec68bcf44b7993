"""Fitting translators: that it helps, by which gradients, and what it leaves alone."""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image
from timm.models.vision_transformer import VisionTransformer
from torch.utils.data import DataLoader, TensorDataset

from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels
from tests.unit.methods.test_tuned_lens import KINDS, MODELS
from vitwidgets.images import Preprocessing
from vitwidgets.methods.lens_divergence import lens_divergence
from vitwidgets.methods.logit_lens import LogitLens
from vitwidgets.methods.tuned_lens import LensTraining, TunedLens
from vitwidgets.methods.tuning import targets
from vitwidgets.methods.tuning.training import LensStep, _Fit, train_tuned_lens
from vitwidgets.models import HookedViT

if TYPE_CHECKING:
    from pathlib import Path

GRID = GRIDS["square, cls"]
QUICK: dict[str, Any] = {"steps": 2, "batch_size": 4, "progress": False}


def same(one: TunedLens, other: TunedLens) -> bool:
    return all(
        torch.equal(each.weight, other.translators[kind].weight)
        and torch.equal(each.bias, other.translators[kind].bias)
        for kind, each in one.translators.items()
    )


@pytest.mark.parametrize("name", MODELS)
def test_fitted_it_is_nearer_to_the_end_at_every_layer_but_the_last(name: str):
    model, grid = MODELS[name]()
    lens = train_tuned_lens(
        model,
        pixels(grid, 96),
        held_out=pixels(grid, 48, seed=9),
        steps=80,
        learning_rate=1e-2,
        progress=False,
    )
    found = lens_divergence(model, pixels(grid, 48, seed=10), lens, progress=False)
    assert list(found.tuned) == KINDS[name]
    for kind, tuned in found.tuned.items():
        plain = found.plain[kind]
        assert bool((tuned[:-1] < 0.9 * plain[:-1]).all()), (kind, plain, tuned)
        assert plain[-1] == tuned[-1] == 0
    # What the lens says of itself is of the held-out images, and close to that.
    assert lens.divergence is not None
    assert lens.divergence.n_images == 48
    again = lens_divergence(model, pixels(grid, 48, seed=9), lens, progress=False)
    for kind, tuned in again.tuned.items():
        torch.testing.assert_close(lens.divergence.tuned[kind], tuned)


def toy() -> HookedViT:
    torch.manual_seed(2)
    module = VisionTransformer(
        img_size=16, patch_size=8, embed_dim=4, depth=2, num_heads=1, num_classes=3
    )
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.5 * torch.randn(parameter.shape))
    return HookedViT(module.eval().double())


def mean_divergence(
    module: Any, rows: Any, last: Any, weight: torch.Tensor, bias: torch.Tensor
) -> float:
    """Compute the mean KL of some tokens by the book, number by number."""

    def probabilities(token: torch.Tensor) -> list[float]:
        values = token.tolist()
        mean = sum(values) / len(values)
        spread = sum((value - mean) ** 2 for value in values) / len(values)
        scale = math.sqrt(spread + module.norm.eps)
        normed = [
            (value - mean) / scale * float(w) + float(b)
            for value, w, b in zip(
                values, module.norm.weight, module.norm.bias, strict=True
            )
        ]
        logits = [
            sum(float(w) * value for w, value in zip(row, normed, strict=True))
            + float(b)
            for row, b in zip(module.head.weight, module.head.bias, strict=True)
        ]
        total = sum(math.exp(logit) for logit in logits)
        return [math.exp(logit) / total for logit in logits]

    found = []
    for token, end in zip(rows, last, strict=True):
        read = probabilities(token + weight @ token + bias)
        target = probabilities(end)
        found.append(
            sum(p * math.log(p / q) for p, q in zip(target, read, strict=True))
        )
    return sum(found) / len(found)


@pytest.mark.parametrize("floats_at_once", [16_000_000, 1])
def test_the_gradients_are_those_of_the_divergence(
    floats_at_once: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(targets, "_FLOATS_AT_ONCE", floats_at_once)
    model = toy()
    images = torch.randn(
        2, 3, 16, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(3)
    )
    module: Any = model.module.requires_grad_(False)
    with torch.no_grad():
        streams = [module._pos_embed(module.patch_embed(images))]
        for block in module.blocks:
            streams.append(block(streams[-1]))
    fit = _Fit(model, TunedLens.untrained(model), steps=1, learning_rate=1e-3)
    losses = fit.step(images)
    nothing = (
        torch.zeros(4, 4, dtype=torch.float64),
        torch.zeros(4, dtype=torch.float64),
    )
    for kind, tokens in (("cls", slice(0, 1)), ("patches", slice(1, None))):
        last = streams[-1][:, tokens].reshape(-1, 4)
        for row in range(2):
            rows = streams[row][:, tokens].reshape(-1, 4)
            expected = mean_divergence(module, rows, last, *nothing)
            assert losses[kind][row] == pytest.approx(expected, abs=1e-10)
            for which, leaf in enumerate(fit._pairs[kind][row]):
                assert leaf.grad is not None
                for index in range(leaf.numel()):
                    changed = []
                    for step in (1e-5, -1e-5):
                        pair = [each.clone() for each in nothing]
                        pair[which].view(-1)[index] = step
                        changed.append(mean_divergence(module, rows, last, *pair))
                    slope = (changed[0] - changed[1]) / 2e-5
                    assert float(leaf.grad.view(-1)[index]) == pytest.approx(
                        slope, abs=1e-7
                    )


class Unharmed(contextlib.AbstractContextManager["Unharmed"]):
    """Checks that a model, and torch's random state, are as they were."""

    def __init__(self, model: HookedViT) -> None:
        self.module = model.module
        first, *_, last = self.module.parameters()
        first.requires_grad_(False)
        last.grad = torch.full_like(last, 3.0)

    def __enter__(self):
        self.before = self.state()
        return self

    def __exit__(self, *error: object):
        after = self.state()
        assert torch.equal(after.pop("random"), self.before.pop("random"))
        for name, value in self.before.pop("weights").items():
            assert torch.equal(after["weights"][name], value)
        del after["weights"]
        assert str(after) == str(self.before)

    def state(self) -> dict[str, Any]:
        modules = list(self.module.modules())
        return {
            "random": torch.get_rng_state(),
            "weights": {
                name: value.clone() for name, value in self.module.state_dict().items()
            },
            "grads": [
                (each.requires_grad, each.grad) for each in self.module.parameters()
            ],
            "modes": [each.training for each in modules],
            "hooks": [
                (len(each._forward_hooks), len(each._forward_pre_hooks))
                for each in modules
            ],
            "forwards": ["forward" in vars(each) for each in modules],
            "grad mode": torch.is_grad_enabled(),
        }


def test_nothing_of_the_model_is_changed():
    model = hooked_vit(GRID)
    with Unharmed(model):
        train_tuned_lens(model, pixels(GRID, 10), **QUICK)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_nor_when_the_callback_raises(error: type[BaseException]):
    model = hooked_vit(GRID)
    seen: list[LensStep] = []

    def stop(step: LensStep) -> None:
        seen.append(step)
        if step.step == 2:
            raise error

    with Unharmed(model), pytest.raises(error):
        train_tuned_lens(model, pixels(GRID, 10), steps=5, progress=stop)
    assert [step.step for step in seen] == [1, 2]
    assert seen[0].steps == 5


def test_the_callback_gets_the_losses_by_layer():
    model = hooked_vit(GRID)
    images = pixels(GRID, 8)
    seen: list[LensStep] = []
    train_tuned_lens(
        model, images, held_out=images, steps=1, batch_size=8, progress=seen.append
    )
    plain = lens_divergence(model, images, progress=False).plain
    assert list(seen[0].losses) == ["cls", "patches"]
    for kind, losses in seen[0].losses.items():
        assert losses == pytest.approx(plain[kind][:-1].tolist(), rel=1e-4)
    text = f"KL of patches: embedding {seen[0].losses['patches'][0]:.3f}, L0 "
    assert str(seen[0]).startswith(text)


def test_one_line_shows_how_far_it_is(capsys: pytest.CaptureFixture[str]):
    train_tuned_lens(hooked_vit(GRID), pixels(GRID, 10), steps=2, batch_size=4)
    written = capsys.readouterr().err
    assert "2/2" in written
    assert "KL of patches: embedding" in written


@pytest.mark.parametrize("around", [torch.no_grad, torch.inference_mode])
def test_whatever_mode_it_is_called_in(around: Any):
    model = hooked_vit(GRID)
    expected = train_tuned_lens(model, pixels(GRID, 10), **QUICK)
    with around():
        found = train_tuned_lens(model, pixels(GRID, 10), **QUICK)
    assert same(found, expected)
    assert not found.translators["cls"].weight.requires_grad


def test_half_precision_is_fitted_in_float32():
    model = HookedViT(hooked_vit(GRID).module.half())
    lens = train_tuned_lens(model, pixels(GRID, 10).half(), **QUICK)
    assert lens.translators["cls"].weight.dtype == torch.float32
    assert bool(lens.translators["cls"].weight.any())
    _, cache = model.run_with_cache(pixels(GRID, 1).half())
    read = LogitLens(model, cache, translators=lens).logits(0)
    assert read.dtype == torch.float16


def test_equal_seeds_give_equal_translators():
    model, images = hooked_vit(GRID), pixels(GRID, 20)
    one = train_tuned_lens(model, images, seed=3, **QUICK)
    torch.manual_seed(99)
    assert same(one, train_tuned_lens(model, images, seed=3, **QUICK))
    assert not same(one, train_tuned_lens(model, images, seed=4, **QUICK))


def test_numbers_may_be_those_of_numpy(tmp_path: Path):
    model = hooked_vit(GRID)
    numbers = {"steps": np.int64(2), "batch_size": np.int64(4), "seed": np.int64(1)}
    lens = train_tuned_lens(
        model,
        pixels(GRID, 10),
        learning_rate=np.float32(0.5),
        progress=False,
        **numbers,
    )
    lens.save(tmp_path / "lens")
    assert TunedLens.load(tmp_path / "lens", model).training == LensTraining(
        2, 4, 0.5, 1, 8
    )


def test_a_loader_that_shuffles_is_seeded_and_leaves_the_random_state():
    model, images = hooked_vit(GRID), pixels(GRID, 12)
    loader = DataLoader(TensorDataset(images), batch_size=4, shuffle=True)
    options = {**QUICK, "held_out": images[:2]}
    with Unharmed(model):
        one = train_tuned_lens(model, loader, **options)
    torch.manual_seed(5)
    assert same(one, train_tuned_lens(model, loader, **options))


def test_a_tenth_is_kept_out_and_never_fitted_to():
    class Noted:
        def __init__(self) -> None:
            self.images = pixels(GRID, 20)
            self.asked: list[int] = []

        def __len__(self) -> int:
            return 20

        def __getitem__(self, index: int) -> torch.Tensor:
            self.asked.append(index)
            return self.images[index]

    images = Noted()
    lens = train_tuned_lens(
        hooked_vit(GRID), images, steps=9, batch_size=6, progress=False
    )
    assert lens.divergence is not None
    assert lens.training is not None
    assert lens.divergence.n_images == 2
    assert lens.training.n_images == 18
    kept_out = images.asked[:2]
    rounds = [images.asked[2 + 18 * k : 20 + 18 * k] for k in range(3)]
    expected = sorted(set(range(20)) - set(kept_out))
    assert [sorted(each) for each in rounds] == [expected] * 3
    assert rounds[0] != rounds[1]


def test_a_folder_is_fitted_to(tmp_path: Path):
    for number in range(4):
        Image.new("RGB", (40, 32), (60 * number, 20, 200)).save(
            tmp_path / f"{number}.png"
        )
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "broken.png").write_bytes(b"no image either")
    half = (0.5, 0.5, 0.5)
    preprocessing = Preprocessing((32, 32), "bicubic", 1.0, "center", half, half)
    model = HookedViT(hooked_vit(GRID).module, preprocessing=preprocessing)
    others = pixels(GRID, 2)
    with pytest.warns(UserWarning, match="1 of 5 images could not be read"):
        lens = train_tuned_lens(
            model, tmp_path, held_out=others, steps=3, batch_size=2, progress=False
        )
    assert lens.training is not None
    assert lens.training.n_images == 4


def test_images_that_come_once_have_to_be_enough():
    model, images = hooked_vit(GRID), pixels(GRID, 8)
    options: dict[str, Any] = {"held_out": images, "batch_size": 4, "progress": False}
    train_tuned_lens(model, iter(images), steps=2, **options)
    with Unharmed(model), pytest.raises(ValueError, match="no more images after 8"):
        train_tuned_lens(model, iter(images), steps=3, **options)


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        (pixels(GRID, 4), {"steps": 0}, "steps must be at least 1, got 0"),
        (pixels(GRID, 4), {"learning_rate": -1.0}, "learning_rate must be above 0"),
        (pixels(GRID, 4), {"learning_rate": math.nan}, "learning_rate must be above"),
        (pixels(GRID, 4), {"batch_size": 0}, "batch_size must be at least 1"),
        (pixels(GRID, 1), {}, "there are only 1: give more of them"),
        ([], {}, "there are only 0"),
        (iter(pixels(GRID, 4)), {}, "held_out=IMAGES"),
        (pixels(GRID, 1)[0], {}, "held_out=IMAGES"),
        ([], {"held_out": pixels(GRID, 2)}, "there is no image"),
    ],
)
def test_what_cannot_be_used_is_said(images: Any, options: Any, message: str):
    model = hooked_vit(GRID)
    with Unharmed(model), pytest.raises(ValueError, match=message):
        train_tuned_lens(model, images, **{**QUICK, **options})


def test_a_loss_that_explodes_ends_it():
    model = hooked_vit(GRID)
    with (
        Unharmed(model),
        pytest.raises(FloatingPointError, match="lower learning_rate"),
    ):
        train_tuned_lens(
            model, pixels(GRID, 8), steps=9, learning_rate=1e30, progress=False
        )
    broken = pixels(GRID, 8)
    broken[:, 0, 0, 0] = math.nan
    with pytest.raises((FloatingPointError, ValueError), match=r"finite|NaN|nan"):
        train_tuned_lens(model, broken, **QUICK)
