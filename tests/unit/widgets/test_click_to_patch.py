from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from timm.models.vision_transformer import ParallelScalingBlock
from traitlets import TraitError

import vitwidgets as vw
from tests.unit.widgets.small_classifier import (
    CLASSES,
    HEADS,
    LAYERS,
    MODEL,
    NAMES,
    PICTURE,
    SEVERAL,
    TOKENS,
    make,
)
from tests.unit.widgets.small_patcher import (
    CLEAN,
    DONOR,
    REFERENCE,
    SHOWN,
    THEIRS,
    edit,
    on,
    opened,
    picture,
    pixels_of,
    plain_logits,
    predicted,
    value,
)
from vitwidgets.methods import Intervention
from vitwidgets.widgets.click_to_patch import ClickToPatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from .conftest import Page


@pytest.fixture(scope="module")
def view() -> ClickToPatch:
    return opened()


def by_hand(site: str, change: Callable[[Tensor], object]) -> Tensor:
    def hook(current: Tensor, _: object) -> Tensor:
        new = current.clone()
        change(new)
        return new

    with torch.no_grad():
        return MODEL.run_with_hooks(pixels_of(CLEAN), [(site, hook)])[0]


def assert_is(found: Tensor, expected: Tensor) -> None:
    assert not torch.equal(expected, plain_logits(CLEAN))
    torch.testing.assert_close(found, expected, rtol=0, atol=2e-5)


def test_it_opens_with_what_the_model_says_of_both(view: ClickToPatch) -> None:
    assert (view.n_layers, view.n_heads, view.n_tokens) == (LAYERS, HEADS, TOKENS)
    assert np.array_equal(view.logits, plain_logits(CLEAN).numpy())
    (donor,) = view.donors
    assert donor["name"] == view.source == "d"
    assert np.array_equal(donor["logits"], plain_logits(DONOR).numpy())
    assert donor["picture"].shape == (24, 40, 3)
    assert view.output_classes[0] == SHOWN
    assert len(view.output_classes) == CLASSES
    assert view.wanted == THEIRS
    assert view.available == [
        *("resid_pre", "resid_mid", "resid_post", "attn_out", "mlp_out"),
        *("z", "q", "k", "v"),
    ]
    assert (view.kind, view.strength, view.grid_shown) == ("patch", 1, "heads")
    assert view.interventions == []
    assert view.task["kind"] == view.sweep["over"] == ""


def test_nothing_edited_is_the_plain_model_bit_for_bit(view: ClickToPatch) -> None:
    assert torch.equal(predicted(view), plain_logits(CLEAN))


@pytest.mark.parametrize("layer", range(LAYERS))
@pytest.mark.parametrize("site", ["resid_pre", "resid_mid", "resid_post"])
def test_all_tokens_of_the_stream_give_the_donors_logits(
    view: ClickToPatch, layer: int, site: str
) -> None:
    assert_is(predicted(view, edit(f"L{layer}.{site}")), plain_logits(DONOR))


def test_all_heads_are_what_attention_gives_out(view: ClickToPatch) -> None:
    heads = [edit(f"L1.H{head}") for head in range(HEADS)]
    assert_is(predicted(view, *heads), predicted(view, edit("L1.attn_out")))


def test_a_head_is_copied_as_by_hand(view: ClickToPatch) -> None:
    donor = value("blocks.0.attn.hook_z", DONOR)

    def change(new: Tensor) -> None:
        new[:, :, 2] = donor[:, :, 2]

    expected = by_hand("blocks.0.attn.hook_z", change)
    assert_is(predicted(view, edit("L0.H2")), expected)


def test_queries_of_some_tokens_are_copied_in_part_as_by_hand(
    view: ClickToPatch,
) -> None:
    donor = value("blocks.1.attn.hook_q", DONOR)
    cls, patch = 0, MODEL.grid.token(2, 3)

    def change(new: Tensor) -> None:
        for token in (cls, patch):
            old = new[:, token, 1].clone()
            new[:, token, 1] = old + 0.25 * (donor[:, token, 1] - old)

    expected = by_hand("blocks.1.attn.hook_q", change)
    found = predicted(view, edit("L1.H1.q", "cls", "(2,3)", strength=0.25))
    assert_is(found, expected)


def test_zero_takes_an_mlp_away(view: ClickToPatch) -> None:
    expected = by_hand("blocks.0.hook_mlp_out", lambda new: new.fill_(0))
    assert_is(predicted(view, edit("L0.MLP", kind="zero")), expected)


def test_mean_is_that_of_the_reference_images(view: ClickToPatch) -> None:
    site = "blocks.0.hook_attn_out"
    mean = torch.cat([value(site, each) for each in REFERENCE]).mean(0)
    token = MODEL.grid.token(0, 4)

    def change(new: Tensor) -> None:
        new[0, token] = mean[token]

    found = predicted(view, edit("L0.attn_out", "(0,4)", kind="mean"))
    assert_is(found, by_hand(site, change))


@pytest.mark.parametrize("seed", range(4))
def test_resampling_takes_one_reference_image(view: ClickToPatch, seed: int) -> None:
    site = "blocks.0.attn.hook_z"
    chosen = REFERENCE[random.Random(seed).randrange(len(REFERENCE))]  # noqa: S311 (no secret)
    drawn = value(site, chosen)

    def change(new: Tensor) -> None:
        new[:, :, 3] = drawn[:, :, 3]

    found = predicted(view, edit("L0.H3", kind="resample", seed=seed))
    assert_is(found, by_hand(site, change))


def test_steering_adds_the_mean_difference(view: ClickToPatch) -> None:
    site = "blocks.1.hook_resid_pre"
    tokens = [0, MODEL.grid.token(1, 1)]
    difference = (value(site, DONOR) - value(site, CLEAN))[0, tokens].mean(0)

    def change(new: Tensor) -> None:
        new[0, tokens] += 1.5 * difference

    steering = edit("L1.resid_pre", "cls", "(1,1)", kind="steer", strength=1.5)
    assert_is(predicted(view, steering), by_hand(site, change))


def test_noise_is_drawn_by_its_seed(view: ClickToPatch) -> None:
    noise = edit("L0.H1", kind="noise", strength=2, seed=5)
    made = Intervention("L0.H1", kind="noise", strength=2, seed=5)
    with torch.no_grad(), MODEL.with_interventions([made]):
        expected = MODEL(pixels_of(CLEAN))[0]
    assert_is(predicted(view, noise), expected)
    assert not torch.equal(predicted(view, {**noise, "seed": 6}), expected)


def test_edits_act_in_their_order_and_only_those_switched_on() -> None:
    first, second = edit("L0.resid_pre", kind="zero"), edit("L0.resid_pre", "cls")
    view = opened(
        interventions=[*on(first, second), {**edit("L1.MLP"), "switch": "off"}]
    )
    donor = value("blocks.0.hook_resid_pre", DONOR)

    def change(new: Tensor) -> None:
        new[:] = 0
        new[:, 0] = donor[:, 0]

    both = by_hand("blocks.0.hook_resid_pre", change)
    assert_is(view.prediction.logits, both)
    assert_is(predicted(view, first, second), both)
    other_way = predicted(view, second, first)
    assert not torch.allclose(other_way, both, atol=1e-3)
    view.interventions = [{**each, "switch": "off"} for each in view.interventions]
    assert torch.equal(view.prediction.logits, plain_logits(CLEAN))
    assert view.active == []


def test_results_are_probabilities_before_and_after() -> None:
    view = opened(interventions=[Intervention("L1.resid_pre", source="d")])
    before, after = (plain_logits(each).softmax(-1) for each in (CLEAN, DONOR))
    assert set(view.results) == set(NAMES)
    for index, name in enumerate(NAMES):
        expected = (float(before[index]), float(after[index]))
        assert view.results[name] == pytest.approx(expected, abs=1e-5)
    assert view.prediction.top == THEIRS
    assert float(view.prediction.probabilities.sum()) == pytest.approx(1)
    assert view.caption() == (
        f"ClickToPatch of {view.model_name}: an image, 1 edit from d: "
        f"{NAMES[SHOWN]} {before[SHOWN]:.0%} -> {NAMES[THEIRS]} {after[THEIRS]:.0%}"
    ).replace("%", " %")


def test_active_edits_and_their_sources_do_the_same_without_the_view() -> None:
    view = opened(
        interventions=on(
            edit("L0.H1"),
            edit("L0.MLP", kind="mean"),
            edit("L1.H0", kind="resample", seed=2),
            edit("L1.resid_mid", "cls", kind="steer", strength=0.5),
        )
    )
    with torch.no_grad(), MODEL.with_interventions(view.active, view.sources):
        expected = MODEL(pixels_of(CLEAN))[0]
    assert_is(view.prediction.logits, expected)


def test_interventions_are_taken_as_they_are_and_written_in_one_way() -> None:
    view = opened()
    patch = Intervention("L0.resid_pre", tokens=("(1,2)", "cls"), source="d")
    view.interventions = [patch, Intervention("L1.H1@cls", kind="zero", strength=0.5)]
    assert view.interventions == on(
        edit("L0.resid_pre", "cls", "(1,2)"),
        edit("L1.H1", "cls", kind="zero", strength=0.5),
    )
    assert view.active[0] == patch


def test_a_page_and_python_can_undo_edits(page: Page) -> None:
    view = opened()
    view.act("add", "L0.H1", interventions=[Intervention("L0.H1", source="d")])
    view.act("add", "L1.H2", interventions=[*view.interventions, *on(edit("L1.H2"))])
    assert len(view.active) == 2
    page.set(view, interventions=on(edit("L0.H1")), undone=1)
    assert view.interventions == on(edit("L0.H1"))
    view.undo()
    assert view.interventions == []
    view.redo()
    assert view.interventions == on(edit("L0.H1"))


def test_donors_have_names() -> None:
    cat = vw.images.sample("cat-alone")
    view = ClickToPatch(MODEL, CLEAN, [DONOR, cat, picture(5), cat])
    names = ["donor", "cat-alone", "donor 2", "cat-alone 2"]
    assert view.donor_names() == names
    assert view.source == "donor"
    view.interventions = [Intervention("L1.resid_pre", source="cat-alone")]
    assert_is(view.prediction.logits, plain_logits(cat))


def test_a_donor_can_be_added() -> None:
    view = opened()
    other = picture(9)
    assert view.add_donor(other, "new") == "new"
    assert view.add_donor(DONOR) == "donor"
    assert view.donor_names() == ["d", "new", "donor"]
    assert "'new'" in view.code()
    view.interventions = [Intervention("L0.resid_pre", source="new")]
    assert_is(view.prediction.logits, plain_logits(other))
    with pytest.raises(ValueError, match="the name is taken"):
        view.add_donor(other, "new")
    with pytest.raises(ValueError, match="the name is taken"):
        view.add_donor(other, "mean")
    assert view.donor_names() == ["d", "new", "donor"]


def test_two_pictures_of_one_thing_can_be_opened_and_clicked() -> None:
    view = ClickToPatch(MODEL, CLEAN, CLEAN)
    view.interventions = [Intervention("L0.H1", source="donor")]
    assert torch.equal(view.prediction.logits, plain_logits(CLEAN))
    with pytest.raises(ValueError, match="both show"):
        view.run_sweep()
    assert view.task["kind"] == ""


def test_what_a_model_lacks_is_not_offered() -> None:
    view = ClickToPatch(SEVERAL, PICTURE, DONOR)
    assert not {"z", "q", "k", "v"}.intersection(view.available)
    assert view.grid_shown == "tokens"
    for name, missing in (("part", "q"), ("grid_shown", "heads")):
        with pytest.raises(TraitError):
            setattr(view, name, missing)
    view.interventions = [Intervention("L1.resid_pre", source="donor")]
    with torch.no_grad():
        expected = SEVERAL.module(pixels_of(DONOR))[0]
    torch.testing.assert_close(view.prediction.logits, expected, rtol=0, atol=2e-5)
    assert view.still().height > 0


def test_parallel_blocks_have_no_stream_in_the_middle() -> None:
    view = ClickToPatch(make(block_fn=ParallelScalingBlock), PICTURE, DONOR)
    assert "resid_mid" not in view.available
    with pytest.raises(TraitError, match="'resid_mid' doesn't exist on this model"):
        view.site = "resid_mid"
    assert view.site == "resid_pre"
