from __future__ import annotations

import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parity import entries
from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels
from vitwidgets.methods.intervening.other_places import OtherPlaces
from vitwidgets.methods.interventions import Intervention, bind, site_means
from vitwidgets.models import HookedViT

GRID = GRIDS["oblong, five"]
MODEL = hooked_vit(GRID)
LABELS = [GRID.label(token) for token in range(GRID.n_tokens)]
ADDRESSES = (
    *(f"L{layer}.H{head}{part}" for layer in range(3) for head in range(4)
      for part in ("", ".q", ".v", ".pattern")),
    *(f"L{layer}.{part}" for layer in range(3)
      for part in ("resid_pre", "resid_post", "attn_out", "MLP")),
    *(f"L{layer}.MLP.n{index}" for layer in range(3) for index in (0, 5, 127)),
)  # fmt: skip
EDITS = st.builds(
    Intervention,
    st.sampled_from(ADDRESSES),
    st.just("zero"),
    st.lists(st.sampled_from(LABELS), max_size=3),
    st.sampled_from([0.25, 1.0]),
    seed=st.sampled_from([0, 7]),
)


def cells(edit):
    """Every single place that an edit touches: a head, or one component at a token."""
    place = edit.place
    if place.index is not None:
        kind = "neuron" if place.part == "neuron" else "head"
        return {(kind, place.layer, place.index)}
    return {(place.part, place.layer, token) for token in edit.tokens or LABELS}


def moved(edits, seed=0, sources=None):
    places = OtherPlaces(MODEL, edits, sources or {})
    generator = random.Random(seed)  # noqa: S311 (no secret)
    return places.drawn(generator) if places.exist else None


@settings(deadline=None, max_examples=300)
@given(st.lists(EDITS, min_size=1, max_size=5), st.integers(0, 5))
def test_other_places_are_of_the_same_kind_and_never_those_edited(edits, seed):
    new = moved(edits, seed)
    if new is None:
        return
    taken = set().union(*map(cells, edits))
    assert not taken & set().union(*map(cells, new))
    bind(MODEL, new)  # they all exist
    for before, after in zip(edits, new, strict=True):
        assert after.place.part == before.place.part
        assert (after.kind, after.strength) == (before.kind, before.strength)
        assert (after.source, after.seed) == (before.source, before.seed)
        assert len(after.tokens) == len(before.tokens)
        if before.place.index is not None:
            assert after.tokens == before.tokens
        prefixes = [t for t in before.tokens if not t.startswith("(")]
        assert [t for t in after.tokens if not t.startswith("(")] == prefixes
    # Places that were one stay one, and different ones stay different.
    assert len(set().union(*map(cells, new))) == len(taken)
    assert new == moved(edits, seed)


def test_all_that_is_edited_of_a_head_goes_to_one_other_head():
    edits = [
        Intervention("L1.H2.q", "zero", ("cls",)),
        Intervention("L1.H2.k", "zero"),
        Intervention("L0.H0", "zero"),
    ]
    query, key, other = (each.place for each in moved(edits))
    assert (query.layer, query.index) == (key.layer, key.index)
    assert (other.layer, other.index) != (query.layer, query.index)


def test_patches_stay_at_their_site_and_what_has_no_other_patch_changes_its_block():
    patches = Intervention("L1.resid_pre", "zero", ("(0,1)", "(2,2)"))
    assert moved([patches])[0].address == "L1.resid_pre"
    for tokens in ((), ("cls",), ("cls", "(0,1)"), tuple(LABELS[5:14])):
        (new,) = moved([Intervention("L1.resid_pre", "zero", tokens)])
        assert new.address in ("L0.resid_pre", "L2.resid_pre")
        assert set(new.tokens) == set(tokens)


def test_there_may_be_no_other_place():
    every = [Intervention(f"L{n // 4}.H{n % 4}", "zero") for n in range(12)]
    assert moved(every[:6]) is not None
    assert moved(every[:7]) is None
    blocks = [Intervention(f"L{layer}.MLP", "zero") for layer in range(2)]
    assert moved(blocks[:1]) is not None
    assert moved(blocks) is None


def test_only_places_whose_values_the_sources_hold_are_drawn():
    images = pixels(GRID, 2)
    _, some = MODEL.run_with_cache(images[:1], ["blocks.[01].attn.hook_z"])
    means = site_means(MODEL, images, "blocks.1.attn.hook_z")
    for source, kind, layers in ((some, "patch", {0, 1}), (means, "mean", {1})):
        edit = Intervention("L1.H2", kind, source="s")
        places = OtherPlaces(MODEL, [edit], {"s": source})
        found = places.different(100, 0)
        assert {each.layer for (each,) in found} == layers
        assert len(found) == 4 * len(layers) - 1
    steer = Intervention("L1.H2", "steer", source="s")
    found = OtherPlaces(MODEL, [steer], {"s": torch.ones(8)}).different(100, 0)
    assert len(found) == 11


def test_queries_within_windows_are_no_other_place():
    changes = {"depth": 3, "global_attn_indexes": (0, 2)}
    model = HookedViT(entries.build("samvit_base_patch16", changes=changes))
    assert [bool(model.config.window_size(n)) for n in range(3)] == [False, True, False]
    for address, layers in (("L0.H0.q", {0, 2}), ("L0.H0", {0, 1, 2})):
        places = OtherPlaces(model, [Intervention(address, "zero")], {})
        assert {each.layer for (each,) in places.different(100, 0)} == layers


def test_draws_differ_and_follow_the_seed():
    edits = [Intervention("L1.H2", "zero"), Intervention("L0.H1", "zero")]
    places = OtherPlaces(MODEL, edits, {})
    found = places.different(20, 3)
    assert len({frozenset(each) for each in found}) == 20
    assert found == OtherPlaces(MODEL, edits, {}).different(20, 3)
    assert found != places.different(20, 4)
    # Two of ten heads, in whatever order: zero is zero.
    assert len(places.different(200, 3)) == 45


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        (["L0.H0"], "1 other head"),
        (["L0.H0.q", "L0.H0.k", "L1.H1"], "2 other heads"),
        (["L0.MLP.n3", "L1.MLP.n3"], "2 other neurons"),
        (["L0.MLP@(0,0)"], "1 other patch"),
        (["L0.MLP@(0,0)", "L1.resid_pre@(0,0)"], "2 other patches"),
        (["L0.H0", "L0.MLP"], "1 other head and the same in 1 other block"),
    ],
)
def test_what_is_drawn_is_said(edits, expected):
    given_edits = [Intervention(each, "zero") for each in edits]
    assert OtherPlaces(MODEL, given_edits, {}).what == expected
