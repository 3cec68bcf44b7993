"""How far lenses are from the end, by hand; and the lens that ships."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks import tuned_lens as maker
from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels, plain_streams
from tests.unit.methods.test_tuned_lens import MODELS, random_lens
from vitwidgets import load_model
from vitwidgets.images import sample, sample_names
from vitwidgets.methods.lens_divergence import lens_divergence
from vitwidgets.methods.logit_lens import LogitLens
from vitwidgets.methods.tuned_lens import TunedLens
from vitwidgets.methods.tuning.file import LensMismatchError
from vitwidgets.methods.tuning.shipped import shipped_lens
from vitwidgets.mice.sprites import DEFAULT_FONT
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import UnsupportedModelError

GRID = GRIDS["square, cls"]


def test_the_class_tokens_target_is_the_models_output():
    model = hooked_vit(GRID)
    images = pixels(GRID, 6)
    module: Any = model.module
    found = lens_divergence(model, images, batch_size=4, progress=False)
    with torch.no_grad():
        output = model(images).double().softmax(-1)
        for row, stream in enumerate(plain_streams(model, images), 1):
            read = module.head(module.norm(stream))[:, 0].double().softmax(-1)
            expected = (output * (output / read).log()).sum(-1).mean()
            assert float(found.plain["cls"][row]) == pytest.approx(
                float(expected), abs=1e-5
            )
    assert found.tuned == {}
    assert found.n_images == 6


@pytest.mark.parametrize("name", MODELS)
def test_means_are_over_images_of_each_tokens_divergence(name: str):
    model, grid = MODELS[name]()
    images = pixels(grid, 3)
    lens = random_lens(model)
    found = lens_divergence(model, images, lens, batch_size=2, progress=False)
    with torch.no_grad():
        _, cache = model.run_with_cache(images)
    names = model.config.prefix_names
    for numbers, translators in ((found.plain, None), (found.tuned, lens)):
        reading = LogitLens(model, cache, translators=translators)
        end = reading.logits(2).double().log_softmax(-1)
        for layer in range(-1, 3):
            logs = reading.logits(layer).double().log_softmax(-1)
            by_kind: dict[str, list[float]] = {kind: [] for kind in lens.translators}
            for image in range(3):
                for token in range(logs.shape[1]):
                    kind = names[token] if token < len(names) else "patches"
                    p, q = end[image, token], logs[image, token]
                    if kind in by_kind:
                        by_kind[kind].append(float((p.exp() * (p - q)).sum()))
            for kind, values in by_kind.items():
                expected = sum(values) / len(values)
                assert float(numbers[kind][layer + 1]) == pytest.approx(
                    expected, abs=1e-5
                )


def test_it_is_shown_as_a_table():
    model = hooked_vit(GRID)
    found = lens_divergence(model, pixels(GRID, 2), random_lens(model), progress=False)
    lines = repr(found).splitlines()
    assert lines[0] == "KL(final readout || lens) in nats, mean over 2 images"
    titles = ["cls, plain", "cls, tuned", "patches, plain", "patches, tuned"]
    assert lines[1].split() == " ".join(titles).split()
    assert [line.split()[0] for line in lines[2:]] == ["embedding", "L0", "L1", "L2"]
    assert lines[-1].split()[1:] == ["0.0000"] * 4
    frame = found.frame()
    assert list(frame.index) == ["embedding", "L0", "L1", "L2"]
    assert frame["cls, tuned"]["L0"] == float(found.tuned["cls"][1])


def test_what_cannot_be_measured_is_said():
    model = hooked_vit(GRID)
    with pytest.raises(LensMismatchError, match="blocks"):
        lens_divergence(load_model(), pixels(GRID, 1), random_lens(model))
    with pytest.raises(UnsupportedModelError, match="no classifier"):
        lens_divergence(hooked_vit(GRID, num_classes=0), pixels(GRID, 1))
    with pytest.raises(ValueError, match="no image"):
        lens_divergence(model, [], progress=False)


def test_the_shipped_lens_is_for_the_bundled_model_alone():
    model = load_model()
    lens = shipped_lens(model)
    assert lens is not None
    lens.require_fit(model)
    assert list(lens.translators) == ["cls", "patches"]
    other = copy.deepcopy(model.module)
    with torch.no_grad():
        next(other.parameters()).flatten()[0] += 1e-3
    assert shipped_lens(HookedViT(other)) is None
    assert shipped_lens(hooked_vit(GRID)) is None
    assert maker.LENS.stat().st_size < 500_000


def lower(found: Any) -> bool:
    return all(
        bool((tuned[:-1] < found.plain[kind][:-1]).all())
        for kind, tuned in found.tuned.items()
    )


def test_the_shipped_lens_is_nearer_to_the_end_on_the_sample_scenes():
    model = load_model()
    samples = [sample(name) for name in sample_names()]
    found = lens_divergence(model, samples, shipped_lens(model), progress=False)
    tuned, plain = found.tuned["patches"], found.plain["patches"]
    assert bool((tuned[:-1] < plain[:-1]).all())
    assert float(found.tuned["cls"].sum()) < float(found.plain["cls"].sum())


@pytest.mark.skipif(not Path(DEFAULT_FONT).exists(), reason="needs the emoji font")
def test_the_shipped_lens_is_nearer_to_the_end_on_fresh_scenes():
    model = load_model()
    fresh = maker.Scenes((781, 0), 60)
    found = lens_divergence(model, fresh, shipped_lens(model), progress=False)
    assert lower(found)


def test_the_page_shows_what_the_shipped_lens_says_of_itself():
    lens = shipped_lens(load_model())
    assert lens is not None
    assert lens.divergence is not None
    assert lens.divergence.n_images == maker.FRESH
    assert lower(lens.divergence)
    page = maker.PAGE.read_text("utf-8")
    assert maker.divergence_table(lens.divergence) in page


def test_the_maker_writes_lens_and_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    class Few(maker.Scenes):
        def __init__(self, key: tuple[int, ...], count: int) -> None:
            generator = torch.Generator().manual_seed(key[0])
            size = (min(count, 8), 64, 64, 3)
            self._pictures = torch.randint(
                256, size, generator=generator, dtype=torch.uint8
            )

    monkeypatch.setattr(maker, "Scenes", Few)
    monkeypatch.setattr(maker, "STEPS", 3)
    page, file = tmp_path / "page.md", tmp_path / "lens"
    marks = "<!-- fit -->\n\n<!-- end -->\n<!-- divergence -->\n\n<!-- end -->\n"
    page.write_text(marks, encoding="utf-8")
    assert maker.main(["--page", str(page), "--lens", str(file)]) == 0
    lens = TunedLens.load(file, load_model())
    assert lens.translators["cls"].weight.dtype == torch.float16
    assert lens.divergence is not None
    measured = lens_divergence(
        load_model(), Few(maker.FRESH_KEY, 8), lens, progress=False
    )
    for kind, values in measured.tuned.items():
        torch.testing.assert_close(lens.divergence.tuned[kind], values)
    written = page.read_text("utf-8")
    assert maker.divergence_table(lens.divergence) in written
    assert "Fitted to 8 random scenes: 3 steps of 16" in written
