"""Controls against runs by the textbook, made of the same replacements."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
import torch

from tests.unit.methods.edited_case import GRID, Case, head, z
from tests.unit.methods.patching_runs import double_vit, two_images
from tests.unit.methods.small_vits import GRIDS, hooked_vit
from vitwidgets import images, load_model
from vitwidgets.methods.edit_controls import edit_controls
from vitwidgets.methods.intervening.component import Component
from vitwidgets.methods.intervening.controlled_edits import Controls
from vitwidgets.methods.interventions import Intervention, InterventionError, site_means
from vitwidgets.methods.smallest_flip import smallest_flip
from vitwidgets.models.errors import StaleCacheError, UnsupportedModelError

NAMES = (
    *("as done", "random place", "another donor", "zero", "mean", "noise"),
    "own value",
)
HEAD = Intervention("L1.H2", source="donor")


@pytest.fixture(name="case", scope="module")
def _case():
    return Case()


def test_each_control_of_heads_is_the_run_by_hand(case):
    edits = [HEAD, Intervention("L2.H0", source="donor", tokens=("cls",))]
    places = [(z(1), head(2)), (z(2), (slice(None), 0, 0))]
    means = site_means(case.model, case.many, [z(1), z(2)])
    rows = case.rows(edits, means=means, reference=case.reference)
    assert tuple(rows) == NAMES

    def with_values(values):
        return case.plain(
            case.image,
            [(site, at, values(site)[at]) for site, at in places],
        )

    case.check(rows["as done"], [with_values(lambda s: case.value(case.other, s))])
    case.check(
        rows["another donor"],
        [
            with_values(lambda s, one=one: case.value(one, s))
            for one in case.many.split(1)
        ],
    )
    case.check(
        rows["mean"], [with_values(lambda s: case.value(case.many, s).mean(0)[None])]
    )
    case.check(
        rows["zero"],
        [with_values(lambda s: torch.zeros_like(case.value(case.image, s)))],
    )
    case.check(rows["own value"], [case.plain(case.image)])
    assert {name: row.same for name, row in rows.items() if row.same is not None} == {
        "own value": True
    }


def test_random_places_of_a_head_are_all_the_others_if_there_are_draws_enough(case):
    row = case.rows([HEAD], draws=100)["random place"]
    runs = [
        case.plain(
            case.image, [(z(layer), head(h), case.value(case.other, z(layer))[head(h)])]
        )
        for layer, h in itertools.product(range(3), range(4))
        if (layer, h) != (1, 2)
    ]
    case.check(row, runs)
    assert row.what == "11 draws of 1 other head"


def test_random_places_of_two_heads_are_all_pairs_of_others(case):
    edits = [HEAD, Intervention("L0.H3", source="donor")]
    row = case.rows(edits, draws=200)["random place"]
    free = [
        (layer, h)
        for layer, h in itertools.product(range(3), range(4))
        if (layer, h) not in {(1, 2), (0, 3)}
    ]
    runs = [
        case.plain(
            case.image,
            [(z(at), head(h), case.value(case.other, z(at))[head(h)]) for at, h in two],
        )
        for two in itertools.combinations(free, 2)
    ]
    case.check(row, runs)
    assert row.what == "45 draws of 2 other heads"


def test_random_places_of_a_patch_are_other_patches_and_of_cls_other_blocks(case):
    site = "blocks.{}.hook_resid_pre"

    def runs(places):
        for layer, token in places:
            at = (slice(None), token)
            value = case.value(case.other, site.format(layer))[at]
            yield case.plain(case.image, [(site.format(layer), at, value)])

    patch = Intervention("L1.resid_pre", source="donor", tokens=("(1,2)",))
    row = case.rows([patch], draws=100)["random place"]
    case.check(row, runs((1, token) for token in range(1, 17) if token != 1 + 4 + 2))
    assert row.what == "15 draws of 1 other patch"
    cls = Intervention("L1.resid_pre@cls", source="donor")
    row = case.rows([cls], draws=100)["random place"]
    case.check(row, runs([(0, 0), (2, 0)]))
    assert row.what == "2 draws of the same in 1 other block"


def test_strength_is_kept_where_it_is_a_share(case):
    half = dataclasses.replace(HEAD, strength=0.5)
    rows = case.rows([half])
    own, other = (case.value(x, z(1))[head(2)] for x in (case.image, case.other))
    for name, value in (("as done", (own + other) / 2), ("zero", own / 2)):
        case.check(rows[name], [case.plain(case.image, [(z(1), head(2), value)])])
    loud = Intervention("L1.H2", "noise", strength=5.0)
    zero = case.plain(case.image, [(z(1), head(2), torch.zeros_like(own))])
    case.check(case.rows([loud])["zero"], [zero])


def test_named_donors_come_before_reference_images(case):
    _, third = case.model.run_with_cache(case.many[:1])
    named = {**case.sources, "third": third}
    row = case.rows(
        [HEAD], sources=named, others=["donor", "third"], reference=case.reference
    )
    value = case.value(case.many[:1], z(1))[head(2)]
    case.check(row["another donor"], [case.plain(case.image, [(z(1), head(2), value)])])
    assert row["another donor"].what == "1 other donor, one at a time"
    # The donor itself is no other one.
    rows = case.rows([HEAD], others=["donor"], reference=case.reference)
    assert rows["another donor"].n == 6
    assert "another donor" not in case.rows([HEAD], others=["donor"])


def test_a_source_may_be_called_as_reference_images_are(case):
    """A mean beside a patch stays the one that it was."""
    means = site_means(case.model, case.many, z(2))
    sources = {**case.sources, "reference": means}
    edits = [HEAD, Intervention("L2.H0", "mean", source="reference")]
    row = case.rows(edits, sources=sources, reference=case.reference)["another donor"]
    mean = case.value(case.many, z(2)).mean(0)[None][head(0)]
    runs = [
        case.plain(
            case.image,
            [(z(1), head(2), case.value(one, z(1))[head(2)]), (z(2), head(0), mean)],
        )
        for one in case.many.split(1)
    ]
    case.check(row, runs)


def test_the_clean_image_and_the_donor_are_no_other_donor(case):
    known = torch.cat([case.image, case.many[:2], case.other])
    _, reference = case.model.run_with_cache(known)
    row = case.rows([HEAD], reference=reference)["another donor"]
    runs = [
        case.plain(case.image, [(z(1), head(2), case.value(one, z(1))[head(2)])])
        for one in case.many[:2].split(1)
    ]
    case.check(row, runs)
    _, alone = case.model.run_with_cache(case.other)
    assert "another donor" not in case.rows([HEAD], reference=alone)


def test_an_image_that_was_drawn_is_no_other_donor(case):
    drawn = Intervention("L1.H2", "resample", source="many", seed=3)
    rows = case.rows([drawn], reference=case.reference)
    runs = [
        case.plain(case.image, [(z(1), head(2), case.value(one, z(1))[head(2)])])
        for one in case.many.split(1)
    ]
    (own,) = [
        index
        for index, logits in enumerate(runs)
        if abs(
            float(logits[0, case.target] - logits[0, case.versus])
            - rows["as done"].difference
        )
        < 1e-8
    ]
    case.check(rows["another donor"], runs[:own] + runs[own + 1 :])
    assert case.rows([drawn], reference=case.reference, draws=2)["another donor"].n == 2


def test_noise_is_drawn_anew_for_each_edit_and_run(case):
    edits = (HEAD, Intervention("L1.H3", "noise", strength=3.0))
    controls = Controls(case.model, case.clean, edits, case.sources, 4, 0)
    (row,) = controls.noise()
    made = [each for run in row.runs for each in run.interventions]
    assert len({each.seed for each in made}) == len(made) == 8
    assert {(e.address, e.kind, e.strength) for e in made} == {
        ("L1.H2", "noise", 1.0),
        ("L1.H3", "noise", 3.0),
    }


def test_equal_seeds_give_equal_rows_and_others_others(case):
    edits = [HEAD, Intervention("L0.resid_mid", "zero", ("(0,0)", "(3,3)"))]
    first, again = (case.rows(edits, draws=5, seed=1) for _ in range(2))
    assert first == again
    other = case.rows(edits, draws=5, seed=2)
    for name in ("random place", "noise"):
        assert other[name].difference != first[name].difference
    for name in ("as done", "zero", "own value"):
        assert other[name] == first[name]


@pytest.mark.parametrize(
    ("edits", "left_out"),
    [
        ([Intervention("L1.H2", "zero")], {"zero", "another donor"}),
        ([Intervention("L1.H2", "mean", source="means")], {"mean", "another donor"}),
        ([Intervention("L1.H2", "steer", source="up")], {"another donor"}),
        ([Intervention("L1.MLP.n3@cls", source="donor")], {"noise"}),
        ([Intervention("L1.H2", "zero"), HEAD], set()),
        (
            [Intervention(f"L{n // 4}.H{n % 4}", source="donor") for n in range(12)],
            {"random place"},
        ),
    ],
)
def test_rows_that_make_no_sense_are_left_out(case, edits, left_out):
    sites = [*map(z, range(3)), "blocks.1.mlp.hook_post"]
    means = site_means(case.model, case.many, sites)
    sources = {**case.sources, "up": torch.ones(8).double(), "means": means}
    rows = edit_controls(
        case.model,
        case.clean,
        edits,
        sources,
        target=case.target,
        means=means,
        reference=case.reference,
    )
    assert [row.name for row in rows] == [n for n in NAMES if n not in left_out]


@pytest.mark.parametrize("part", ["H2", "H2.q", "MLP", "resid_pre", "MLP.n3"])
def test_own_values_are_bit_for_bit_the_clean_run(part, monkeypatch):
    model = hooked_vit(GRIDS[GRID])
    image, other = two_images(model)
    (_, clean), (logits, donor) = map(model.run_with_cache, (image, other))
    edits = [
        Intervention(f"L1.{part}", tokens=("cls", "(2,2)"), source="d", strength=0.3),
        Intervention("L2.attn_out", "noise", strength=2.0),
    ]

    def same():
        rows = edit_controls(
            model, clean, edits, {"d": donor}, target=int(logits.argmax()), draws=1
        )
        return rows[-1].same

    assert same() is True
    right = Component.replaced
    monkeypatch.setattr(
        Component, "replaced", lambda self, old, new: right(self, old, new * 1.001)
    )
    assert same() is False


def test_the_bundled_flip_is_no_accident():
    model = load_model()
    runs = [
        model.run_with_cache(
            images.prepare_image(images.sample(name), model.preprocessing).pixels
        )[1]
        for name in ("cat-alone", "dog-alone")
    ]
    dog = model.class_names.index("dog")
    found = smallest_flip(model, *runs, dog)
    edits = [Intervention(str(unit), source="dog") for unit in found.units]
    done, elsewhere, *_, own = edit_controls(
        model, runs[0], edits, {"dog": runs[1]}, target=dog
    )
    margin = float(found.logits[dog] - found.logits[model.class_names.index("cat")])
    assert done.flips == 1
    assert done.difference == pytest.approx(margin, abs=1e-4)
    assert (elsewhere.n, elsewhere.flips) == (20, 0)
    assert (own.flips, own.same) == (0, True)


def test_progress_is_told_and_what_it_raises_leaves_the_model_clean(case):
    told = []
    rows = case.rows([HEAD], draws=3, progress=lambda *what: told.append(what))
    total = sum(row.n for row in rows.values())
    assert told == [(done, total) for done in range(1, total + 1)]
    assert total == 1 + 3 + 1 + 3 + 1
    before = case.model(case.image)

    def stop(done, _):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        case.rows([HEAD], progress=stop)
    assert torch.equal(case.model(case.image), before)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"edits": []}, ValueError, "no edit: give at least one"),
        ({"draws": 0}, ValueError, "draws must be at least 1, got 0"),
        ({"target": 6}, IndexError, "there is no class 6"),
        ({"versus": -1}, IndexError, "there is no class -1"),
        ({"target": 2, "versus": 2}, ValueError, "class 2 is what .* choose another"),
        ({"others": ["fox"]}, InterventionError, "'fox', which is not among"),
        ({"others": ["many"]}, InterventionError, "'many' is a run of 6 images"),
    ],
)
def test_what_cannot_be_controlled_is_an_error(case, options, error, message):
    ran = []
    given = {"edits": [HEAD], "progress": lambda *_: ran.append(1), **options}
    with pytest.raises(error, match=message):
        case.rows(given.pop("edits"), **given)
    assert not ran


def test_the_class_of_the_clean_image_is_no_target(case):
    with pytest.raises(ValueError, match="as the clean image shows it"):
        case.rows([HEAD], target=case.versus)


def test_means_without_the_site_are_refused(case):
    means = site_means(case.model, case.many, z(0))
    with pytest.raises(
        InterventionError, match=r"are without 'blocks\.1\.attn\.hook_z'"
    ):
        case.rows([HEAD], means=means)


def test_a_clean_run_that_is_none_is_refused(case):
    def attempt(clean, model=case.model):
        return edit_controls(model, clean, [HEAD], case.sources, target=case.target)

    with pytest.raises(TypeError, match="got a Tensor"):
        attempt(case.image)
    with pytest.raises(ValueError, match=r"of 6 images.*cache\.images\(0\)"):
        attempt(case.reference)
    with case.model.hooks([(z(0), lambda value, point: value * 2)]):
        _, edited = case.model.run_with_cache(case.image)
    with pytest.raises(ValueError, match=r"with hooks on 'blocks\.0\.attn\.hook_z'"):
        attempt(edited)
    with pytest.raises(InterventionError, match="of another model"):
        attempt(double_vit(GRID).run_with_cache(case.image)[1])
    headless = hooked_vit(GRIDS[GRID], num_classes=0)
    with pytest.raises(UnsupportedModelError, match="no classifier"):
        attempt(case.clean, headless)
    changed = double_vit(GRID)
    _, clean = changed.run_with_cache(case.image)
    with torch.no_grad():
        changed.module.blocks[0].mlp.fc1.weight.mul_(2)
    with pytest.raises(StaleCacheError, match="run it again"):
        attempt(clean, changed)
