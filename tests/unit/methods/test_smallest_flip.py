from __future__ import annotations

import itertools

import pytest
import torch

from tests.unit.methods.plain_runs import embedded, plain_run
from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels
from vitwidgets import load_model
from vitwidgets.images import prepare_image, sample
from vitwidgets.methods.smallest_flip import smallest_flip
from vitwidgets.models import HookedViT
from vitwidgets.models.addresses import Address
from vitwidgets.models.errors import UnknownSiteError, UnsupportedModelError


@pytest.fixture(name="bundled", scope="module")
def _bundled():
    return load_model()


def scene(model, name):
    prepared = prepare_image(sample(name), model.preprocessing).pixels
    return prepared, model.run_with_cache(prepared)[1]


def margin(logits, target):
    others = [value for index, value in enumerate(logits.tolist()) if index != target]
    return float(logits[target]) - max(others)


@torch.no_grad()
def with_heads(model, images, donor, units):
    """Logits of a run by hand with heads (at one token, if it has one) of another's."""
    module = model.module
    _, theirs = plain_run(module, embedded(module, donor))
    changes = {}
    for layer in {unit.layer for unit in units}:
        own = [unit for unit in units if unit.layer == layer]

        def change(z, layer=layer, own=own):
            new = z.clone()
            for unit in own:
                at = slice(None) if unit.token is None else token_of(model, unit.token)
                new[:, at, unit.index] = theirs["z", layer][:, at, unit.index]
            return new

        changes["z", layer] = change
    return plain_run(module, embedded(module, images), changes)[0][0]


def token_of(model, label):
    if label == "cls":
        return 0
    row, column = map(int, label.strip("()").split(","))
    return 1 + model.config.grid[1] * row + column


def collage(image, other, units):
    """Give an image with patches of another one."""
    new = image.clone()
    for unit in units:
        row, column = map(int, unit.token.strip("()").split(","))
        box = (..., slice(8 * row, 8 * row + 8), slice(8 * column, 8 * column + 8))
        new[box] = other[box]
    return new


PAIRS = [
    ("cat-and-dog", "dog-alone", "dog"),
    ("dog-and-cat", "cat-alone", "cat"),
    ("cat-and-dog", "dog-and-cat", "dog"),
    ("dog-and-cat", "cat-and-dog", "cat"),
]


@pytest.mark.parametrize(("base", "donor", "name"), PAIRS)
def test_heads_flip_the_bundled_pair(bundled, base, donor, name):
    target = bundled.class_names.index(name)
    (image, run), (other, giving) = scene(bundled, base), scene(bundled, donor)
    found = smallest_flip(bundled, run, giving, target)
    assert found.found
    assert found.base_margin == pytest.approx(
        margin(bundled.module(image)[0].detach(), target), abs=1e-4
    )
    assert found.base_margin < 0
    for count, step in enumerate(found.steps, start=1):
        logits = with_heads(bundled, image, other, found.units[:count])
        assert step.margin == pytest.approx(margin(logits, target), abs=1e-3)
    assert int(logits.argmax()) == target
    torch.testing.assert_close(found.logits, logits, rtol=0, atol=1e-3)
    # Each of them is needed.
    for unit in found.units:
        fewer = [other_unit for other_unit in found.units if other_unit != unit]
        assert margin(with_heads(bundled, image, other, fewer), target) <= 0


def test_heads_that_turn_out_not_to_be_needed_are_dropped(bundled):
    (_, run), (_, giving) = scene(bundled, "dog-and-cat"), scene(bundled, "cat-alone")
    found = smallest_flip(bundled, run, giving, bundled.class_names.index("cat"))
    assert len(found.dropped) == 1
    assert found.dropped[0] not in found.units


@pytest.mark.parametrize(("base", "donor", "name"), PAIRS[2:])
def test_patches_are_those_of_the_picture(bundled, base, donor, name):
    target = bundled.class_names.index(name)
    (image, run), (other, giving) = scene(bundled, base), scene(bundled, donor)
    found = smallest_flip(bundled, run, giving, target, over="patches")
    assert found.found
    with torch.no_grad():
        logits = bundled.module(collage(image, other, found.units))[0]
    assert int(logits.argmax()) == target
    assert found.steps[-1].margin == pytest.approx(margin(logits, target), abs=1e-4)


SMALL = "square, cls"


@pytest.fixture(name="small", scope="module")
def _small():
    model = HookedViT(hooked_vit(GRIDS[SMALL]).module.double())
    return model, pixels(GRIDS[SMALL], 6, seed=5).double()


def test_the_search_agrees_with_trying_all_sets(small):
    """The fewest heads of a small model, by trying every set of one and two."""
    model, images = small
    heads = [(layer, head) for layer in range(3) for head in range(4)]
    sizes = []
    for one, two in itertools.permutations(range(2), 2):
        image, other = images[one : one + 1], images[two : two + 1]
        run, giving = (model.run_with_cache(each)[1] for each in (image, other))
        for target in range(6):
            if target == int(run["hook_logits"].argmax()):
                continue
            found = smallest_flip(model, run, giving, target, limit=2)
            sizes.append((found.found, len(found.steps)))
            singles = {
                unit: margin(by_index(model.module, image, other, [unit]), target)
                for unit in heads
            }
            best = max(singles.values())
            if found.found and len(found.steps) == 1:
                assert found.steps[0].margin == pytest.approx(best, abs=1e-9)
                assert best > 0
                continue
            assert best <= 0
            first = max(singles, key=singles.__getitem__)
            pairs = {
                unit: margin(
                    by_index(model.module, image, other, [first, unit]), target
                )
                for unit in heads
                if unit != first
            }
            assert found.found == (max(pairs.values()) > 0)
            assert found.units[0].index == first[1]
            assert found.steps[-1].margin == pytest.approx(
                max(pairs.values()), abs=1e-9
            )
    # The pairs of images hold all three cases.
    assert {(True, 1), (True, 2), (False, 2)} == set(sizes)


@torch.no_grad()
def by_index(module, images, donor, units):
    _, theirs = plain_run(module, embedded(module, donor))
    changes = {}
    for layer in {layer for layer, _ in units}:
        own = [head for place, head in units if place == layer]

        def change(z, layer=layer, own=own):
            new = z.clone()
            new[:, :, own] = theirs["z", layer][:, :, own]
            return new

        changes["z", layer] = change
    return plain_run(module, embedded(module, images), changes)[0][0]


def hardest(small):
    """A run, a donor and the class that neither comes near."""
    model, images = small
    runs = [model.run_with_cache(images[i : i + 1])[1] for i in range(2)]
    logits = [run["hook_logits"].softmax(-1) for run in runs]
    return *runs, int(sum(logits).argmin())


def test_heads_at_single_tokens(small):
    model, images = small
    run, giving, target = hardest(small)
    found = smallest_flip(model, run, giving, target, over="head x token", limit=2)
    assert all(unit.token is not None for unit in found.units)
    for count, step in enumerate(found.steps, start=1):
        logits = with_heads(model, images[:1], images[1:2], found.units[:count])
        assert step.margin == pytest.approx(margin(logits, target), abs=1e-9)
    every = [
        Address(layer, "z", head, model.grid.label(token))
        for layer in range(3)
        for head in range(4)
        for token in range(17)
    ]
    margins = [
        margin(with_heads(model, images[:1], images[1:2], [unit]), target)
        for unit in every
    ]
    assert found.steps[0].margin == pytest.approx(max(margins), abs=1e-9)
    assert found.units[0] == every[margins.index(max(margins))]


def test_the_search_ends_when_nothing_is_left(small):
    model, _ = small
    run, giving, target = hardest(small)
    found = smallest_flip(model, run, giving, target, limit=1000)
    assert not found.found
    assert len(found.steps) == len(set(found.units)) == 12
    assert "no more left" in str(found)


def test_a_limit_that_is_too_small_is_said(bundled):
    target = bundled.class_names.index("dog")
    (_, run), (_, giving) = (
        scene(bundled, name) for name in ("cat-and-dog", "dog-alone")
    )
    found = smallest_flip(bundled, run, giving, target, limit=2)
    assert not found.found
    assert len(found.steps) == 2
    assert found.dropped == ()
    assert found.steps[-1].margin < 0
    assert "is not predicted" in str(found)
    assert "limit=2" in str(found)


def test_progress_is_told_and_can_end_the_search(small):
    model, images = small
    run, giving, target = hardest(small)
    before = model(images)
    told = []
    smallest_flip(
        model, run, giving, target, limit=3, progress=lambda *what: told.append(what)
    )
    assert [done for _, done, _ in told[:3]] == [4, 8, 12]
    assert told[0] == ((), 4, 12)
    taken, done, total = told[3]
    assert (len(taken), total) == (1, 11)
    assert done in {3, 4}

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        smallest_flip(model, run, giving, target, progress=stop)
    assert torch.equal(model(images), before)


def test_the_result_says_itself(bundled):
    target = bundled.class_names.index("dog")
    (_, run), (_, giving) = (
        scene(bundled, name) for name in ("cat-and-dog", "dog-alone")
    )
    text = str(smallest_flip(bundled, run, giving, target))
    assert text.startswith(f"class {target} is predicted, ")
    assert "with 3 copied: L3.H0, " in text


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"over": "pixels"}, ValueError, "over must be .* 'pixels'"),
        ({"limit": 0}, ValueError, "at least 1: 0"),
        ({"limit": 2.5}, TypeError, "float"),
        ({"target_class": 6}, IndexError, "there is no class 6"),
    ],
)
def test_what_cannot_be_searched_for_is_an_error(small, change, error, message):
    model, _ = small
    run, giving, target = hardest(small)
    options = {"target_class": target, **change}
    with pytest.raises(error, match=message):
        smallest_flip(model, run, giving, **options)


def test_runs_that_do_not_fit_are_errors(small):
    model, images = small
    run, giving, target = hardest(small)
    own = int(run["hook_logits"].argmax())
    with pytest.raises(ValueError, match=f"predicts class {own} already"):
        smallest_flip(model, run, giving, own)
    few = model.run_with_cache(images[:1], "hook_logits")[1]
    with pytest.raises(UnknownSiteError, match="was not kept"):
        smallest_flip(model, run, few, target)
    headless = hooked_vit(GRIDS[SMALL], num_classes=0)
    run = headless.run_with_cache(images[:1].float())[1]
    with pytest.raises(UnsupportedModelError, match="no classifier"):
        smallest_flip(headless, run, run, 0)


def test_runs_of_two_sizes_are_an_error():
    model = hooked_vit(GRIDS[SMALL], dynamic_img_size=True)
    runs = [model.run_with_cache(torch.randn(1, 3, 32, width))[1] for width in (32, 40)]
    with pytest.raises(
        ValueError, match=r"\(3, 32, 32\), that of the donor \(3, 32, 40"
    ):
        smallest_flip(model, *runs, 0)


def test_patches_of_an_image_of_another_size():
    model = hooked_vit(GRIDS[SMALL], dynamic_img_size=True)
    generator = torch.Generator().manual_seed(0)
    image, other = (torch.randn(1, 3, 32, 48, generator=generator) for _ in range(2))
    runs = [model.run_with_cache(each)[1] for each in (image, other)]
    target = int(runs[0]["hook_logits"].argmin())
    found = smallest_flip(model, *runs, target, over="patches", limit=3)
    with torch.no_grad():
        logits = model.module(collage(image, other, found.units))[0]
    assert found.steps[-1].margin == pytest.approx(margin(logits, target), abs=1e-4)
    assert any(not unit.token.startswith("(0,") for unit in found.units)
