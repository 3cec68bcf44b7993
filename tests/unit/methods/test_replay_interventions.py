"""Replays against runs by the textbook, image by image."""

from __future__ import annotations

import pytest
import torch

from tests.unit.methods.patching_runs import plain_run
from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels
from vitwidgets import load_model
from vitwidgets.images import prepare_image, sample
from vitwidgets.methods.interventions import Intervention, InterventionError
from vitwidgets.methods.replay_interventions import replay_interventions
from vitwidgets.methods.smallest_flip import smallest_flip
from vitwidgets.mice.fresh_scenes import fresh_scenes
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import UnsupportedModelError

GRID = GRIDS["one row"]
Z = "blocks.1.attn.hook_z"
STREAM = "blocks.1.hook_resid_pre"


@pytest.fixture(name="case", scope="module")
def _case():
    return Case()


class Case:
    def __init__(self):
        self.model = HookedViT(hooked_vit(GRID).module.double())
        self.images = pixels(GRID, 25, seed=3).double()
        self.said = [int(self.plain(one).argmax()) for one in self.images.split(1)]
        donor_image = pixels(GRID, 1, seed=4).double()
        _, donor = self.model.run_with_cache(donor_image)
        self.sources = {"donor": donor}
        self.donor_values = plain_run(self.model.module, donor_image, {})[1]
        self.target = int(self.plain(donor_image).argmax())
        self.others = [i for i, c in enumerate(self.said) if c != self.target]
        assert 0 < len(self.others) < 25

    def plain(self, image, edits=None):
        return plain_run(self.model.module, image, edits or {})[0][0]

    def flips(self, site, at):
        """Whether each image flips with a value of the donor, by hand."""

        def edit(own):
            new = own.clone()
            new[at] = self.donor_values[site][at]
            return new

        return [
            int(self.plain(self.images[i : i + 1], {site: edit}).argmax())
            == self.target
            for i in self.others
        ]

    def replay(self, edits, **options):
        given = {"target": self.target, "images": self.images, **options}
        some = given.pop("images")
        return replay_interventions(self.model, some, edits, self.sources, **given)


HEADS = [Intervention(f"L1.H{head}", source="donor") for head in (0, 2)]
EVERY = (slice(None), slice(None))


@pytest.mark.parametrize("batch_size", [1, 4, 100])
def test_each_image_is_edited_as_by_hand(case, batch_size):
    found = case.replay(HEADS, batch_size=batch_size)
    by_hand = case.flips(Z, (*EVERY, [0, 2]))
    assert 0 < sum(by_hand) < len(by_hand)
    assert found.flipped_images.tolist() == by_hand
    assert found.indices.tolist() == case.others
    assert (found.n, found.flipped) == (len(by_hand), sum(by_hand))
    assert found.skipped == 25 - len(by_hand)
    assert found.rate == pytest.approx(sum(by_hand) / len(by_hand))
    assert found.low < found.rate < found.high


def test_the_control_is_made_at_other_places(case):
    """Two of four patches are edited, so that the others are the two that are left."""
    edit = Intervention("L1.resid_pre", source="donor", tokens=("(0,0)", "(0,3)"))
    found = case.replay([edit])
    assert found.flipped_images.tolist() == case.flips(STREAM, (slice(None), [1, 4]))
    by_hand = case.flips(STREAM, (slice(None), [2, 3]))
    assert sum(by_hand) != found.flipped
    assert (found.control.n, found.control.flipped) == (found.n, sum(by_hand))
    assert found.control.what == "2 other patches, drawn for each image"
    assert found.control.low <= found.control.rate <= found.control.high


def test_the_control_is_drawn_for_each_image_and_follows_the_seed(case):
    counts = [case.replay(HEADS, seed=seed).control.flipped for seed in range(6)]
    assert len(set(counts)) > 1
    assert case.replay(HEADS, seed=5, batch_size=3).control.flipped == counts[5]


def test_what_always_flips_and_what_never_does(case):
    whole = case.replay([Intervention("L2.resid_post", source="donor")])
    assert bool(whole.flipped_images.all())
    assert (whole.rate, whole.high) == (1.0, 1.0)
    assert 0 < whole.low < 1
    nothing = Intervention("L2.resid_post", source="donor", strength=0.0)
    never = case.replay([nothing])
    assert (never.flipped, never.rate, never.low) == (0, 0.0, 0.0)
    assert never.n == whole.n


def test_there_may_be_no_control(case):
    assert case.replay(HEADS, control=False).control is None
    heads = [Intervention(f"L{n // 4}.H{n % 4}", source="donor") for n in range(7)]
    assert case.replay(heads).control is None


def test_images_that_cannot_be_read_are_passed_over(tmp_path):
    model = load_model()
    scenes = [tmp_path / name for name in ("a.png", "b.png", "c.png")]
    for path, name in zip(scenes, ("cat-alone", "cat-alone", "dog-alone"), strict=True):
        sample(name).image.save(path)
    scenes[0].write_bytes(b"no picture")
    dog = model.class_names.index("dog")
    edits = [Intervention("L3.H1", "zero")]
    with pytest.warns(UserWarning, match="1 of 3 images could not be read"):
        found = replay_interventions(model, tmp_path, edits, {}, target=dog)
    assert (found.n, found.skipped, found.indices.tolist()) == (1, 1, [1])


def test_a_flip_of_one_cat_turns_other_cats():
    model = load_model()
    runs = [
        model.run_with_cache(prepare_image(sample(name), model.preprocessing).pixels)[1]
        for name in ("cat-alone", "dog-alone")
    ]
    cat, dog = map(model.class_names.index, ("cat", "dog"))
    flip = smallest_flip(model, *runs, dog)
    edits = [Intervention(str(unit), source="dog") for unit in flip.units]
    scenes = fresh_scenes(model, cat, 30)
    found = replay_interventions(model, scenes, edits, {"dog": runs[1]}, target=dog)
    assert found.low > 0.5
    assert found.control.high < 0.2


def test_progress_is_told_and_what_it_raises_leaves_the_model_clean(case):
    told = []
    case.replay(HEADS, batch_size=10, progress=lambda *what: told.append(what))
    done = [count for count, _ in told]
    assert done == sorted(done)
    assert set(done) == {0, 10, 20, 25, *case.others}
    assert told[-1] == (25, 25)
    unknown = []
    case.replay(
        HEADS, images=iter(case.images), progress=lambda _, total: unknown.append(total)
    )
    assert set(unknown) == {None}
    before = case.model(case.images)

    def stop(done, _):
        if done == case.others[3]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        case.replay(HEADS, progress=stop)
    assert torch.equal(case.model(case.images), before)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"edits": []}, ValueError, "no edit"),
        ({"target": 6}, IndexError, "there is no class 6"),
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1"),
        ({"images": []}, ValueError, "there is no image"),
        (
            {"edits": [Intervention("L1.H0", source="fox")]},
            InterventionError,
            "'fox', which is not among",
        ),
    ],
)
def test_what_cannot_be_replayed_is_an_error(case, options, error, message):
    given = {"edits": HEADS, **options}
    with pytest.raises(error, match=message):
        case.replay(given.pop("edits"), **given)


def test_images_that_all_show_the_target_are_an_error(case):
    kept = [i for i in range(25) if i not in case.others]
    message = f"all {len(kept)} images are taken for class {case.target} already"
    with pytest.raises(ValueError, match=message):
        case.replay(HEADS, images=case.images[kept])


def test_a_model_without_classes_is_refused(case):
    headless = hooked_vit(GRID, num_classes=0)
    with pytest.raises(UnsupportedModelError, match="no classifier"):
        replay_interventions(headless, case.images, HEADS, case.sources, target=0)
