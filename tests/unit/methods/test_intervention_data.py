"""Interventions as data: equality, hashes, repr, JSON, brushes, and what is refused."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.methods.small_vits import GRIDS, hooked_vit
from vitwidgets.methods.interventions import (
    Intervention,
    InterventionError,
    from_json,
    to_json,
    tokens_of_mask,
)

GRID = GRIDS["oblong, five"]
MODEL = hooked_vit(GRID)
LABELS = [GRID.label(token) for token in range(GRID.n_tokens)]
COMPONENTS = st.one_of(
    st.builds("L{}.H{}{}".format, st.integers(0, 2), st.integers(0, 3),
              st.sampled_from(["", ".q", ".k", ".v", ".pattern"])),
    st.builds("L{}.{}".format, st.integers(0, 2),
              st.sampled_from(["MLP", "attn_out", "resid_pre", "resid_mid",
                               "resid_post"])),
    st.builds("L{}.MLP.n{}".format, st.integers(0, 2), st.integers(0, 127)),
)  # fmt: skip
TOKENS = st.lists(st.sampled_from(LABELS), max_size=5)
SEEDS = st.integers(0, 2**63 - 1)
SHARE = st.floats(0, 1)
NAMES = st.text(min_size=1)
INTERVENTIONS = st.one_of(
    st.builds(Intervention, COMPONENTS,
              st.sampled_from(["patch", "mean", "resample"]), TOKENS, SHARE, NAMES,
              SEEDS),
    st.builds(Intervention, COMPONENTS, st.just("zero"), TOKENS, SHARE, st.none(),
              SEEDS),
    st.builds(Intervention, COMPONENTS, st.just("noise"), TOKENS,
              st.floats(0, 1e9), st.none(), SEEDS),
    st.builds(Intervention, COMPONENTS, st.just("steer"), TOKENS,
              st.floats(-1e9, 1e9), NAMES, SEEDS),
)  # fmt: skip


@given(st.lists(INTERVENTIONS, max_size=4))
def test_json_and_repr_give_the_same_again(interventions):
    found = from_json(to_json(interventions), MODEL)
    assert found == interventions
    assert [hash(each) for each in found] == [hash(each) for each in interventions]
    assert eval(repr(interventions)) == interventions  # noqa: S307 (our own repr)


@given(COMPONENTS, st.sampled_from(LABELS))
def test_a_token_of_the_address_is_a_token(component, label):
    one = Intervention(f"{component}@{label}", "zero")
    assert one == Intervention(component, "zero", (label,))
    assert one == Intervention(f"{component}@{label}", "zero", (label,))
    assert one.address == component


def test_what_means_the_same_is_equal_whatever_the_order_of_tokens():
    one = Intervention("L1.H2", "zero", ("(2,1)", "reg0", "cls", "(0,2)", "(2,1)"))
    other = Intervention("L1.H2", "zero", ["cls", "( 0, 2)", "(2,1)", "reg0"], 1)
    assert one == other
    assert hash(one) == hash(other)
    assert one.tokens == ("cls", "reg0", "(0,2)", "(2,1)")
    assert len({one, other, Intervention("L1.H2", "zero")}) == 2


def test_patches_are_ordered_by_number():
    tokens = Intervention("L1.H2", "zero", ("(10,0)", "(9,11)", "(9,2)")).tokens
    assert tokens == ("(9,2)", "(9,11)", "(10,0)")


REFUSED = {
    "kind": (("L1.H2", "swap"), "no kind 'swap'.*patch, zero"),
    "address": (("L1.head2", "zero"), "'L1.head2' is no address"),
    "address type": ((7, "zero"), "an address is a text"),
    "two tokens": (("L1.H2@cls", "zero", ("reg0",)), "names one token"),
    "one text": (("L1.H2", "zero", "cls"), r"write \('cls',\)"),
    "no label": (("L1.H2", "zero", (3,)), "named by a label.*got 3"),
    "one number": (("L1.H2", "zero", 3), "named by a label.*got 3"),
    "too strong": (("L1.H2", "zero", (), 1.5), "from 0 .*to 1.*got 1.5"),
    "negative": (("L1.H2", "patch", (), -0.1, "d"), "from 0 .*to 1.*got -0.1"),
    "nan": (("L1.H2", "patch", (), math.nan, "d"), "got nan"),
    "infinite": (("L1.H2", "steer", (), math.inf, "d"), "must be finite, got inf"),
    "negative noise": (("L1.H2", "noise", (), -1), "not below 0, got -1"),
    "text": (("L1.H2", "zero", (), "1"), "must be a number, got '1'"),
    "yes": (("L1.H2", "zero", (), True), "must be a number, got True"),
    "no source": (("L1.H2", "patch"), "patch at L1.H2 needs the name of a source"),
    "no steering": (("L1.H2", "steer", (), 1, ""), "needs the name of a source"),
    "source of none": (("L1.H2", "zero", (), 1, "d"), "takes nothing.*'d'"),
    "seed": (("L1.H2", "zero", (), 1, None, 0.5), "must be an integer, got 0.5"),
    "low seed": (("L1.H2", "zero", (), 1, None, -1), "got -1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_sense_is_refused(case):
    arguments, message = REFUSED[case]
    with pytest.raises(InterventionError, match=message):
        Intervention(*arguments)


def record(**changes):
    """JSON of one good intervention, changed."""
    whole = json.loads(to_json([Intervention("L1.H2", tokens=("cls",), source="d")]))
    entry = whole["interventions"][0]
    for key, value in changes.items():
        (entry if key in entry or key == "colour" else whole)[key] = value
    return json.dumps(whole)


BAD_FILES = {
    "no JSON": ("{", "this is no JSON"),
    "a list": ("[]", "no file of interventions"),
    "another record": ("{}", "no file of interventions"),
    "version": (record(version=2), "version 2, and this vitwidgets reads version 1"),
    "no list": (record(interventions={}), "must be a list, got a dict"),
    "an entry": (record(interventions=[3]), "intervention 1 .*must be a record, got 3"),
    "field": (record(colour="red"), "does not know 'colour'; it has address"),
    "wanting": (record(interventions=[{}]), "needs 'address'"),
    "kind": (record(kind="swap"), "intervention 1 .*no kind 'swap'"),
    "kind type": (record(kind=["zero"]), "no kind"),
    "tokens": (record(tokens="cls"), "tokens must be a list, got 'cls'"),
    "layer": (record(address="L9.H1"), "there is no block 9"),
    "head": (record(address="L1.H4"), "no head 4 for L1.H4: heads run from 0 to 3"),
    "neuron": (record(address="L1.MLP.n128"), "no neuron 128.*0 to 127"),
    "token": (record(tokens=["dist"]), "no token 'dist'.*'cls', 'reg0'"),
    "patch": (record(tokens=["(5,0)"]), r"no token '\(5,0\)'.*0 to 4"),
    "site": (record(address="L1.input"), "'L1.input' is no address"),
    "strength": (record(strength=2), "from 0 .*got 2"),
    "NaN": (record(strength=math.nan), "got nan"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files_are_refused_with_the_place_and_the_reason(case):
    text, message = BAD_FILES[case]
    with pytest.raises(InterventionError, match=message):
        from_json(text, MODEL)


def test_the_message_says_which_intervention_it_was():
    good = Intervention("L1.H2", "zero")
    text = to_json([good, good, Intervention("L7.H2", "zero")])
    with pytest.raises(InterventionError, match=r"^intervention 3 of the file"):
        from_json(text, MODEL)


@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
def test_a_brush_takes_the_patches_that_it_touches(kind):
    patches = np.zeros((5, 3), dtype=bool)
    patches[4, 0] = patches[0, 2] = True
    assert tokens_of_mask(kind(patches), GRID) == ("(0,2)", "(4,0)")
    pixels = np.zeros((40, 24), dtype=bool)
    pixels[7, 16] = pixels[39, 7] = True
    assert tokens_of_mask(kind(pixels), GRID) == ("(0,2)", "(4,0)")
    pixels[8, 15] = True
    assert tokens_of_mask(kind(pixels), GRID) == ("(0,2)", "(1,1)", "(4,0)")


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.zeros((5, 3), dtype=bool), "the mask is empty"),
        (np.ones((3, 5), dtype=bool), r"5 x 3 patches or 40 x 24 pixels.*\(3, 5\)"),
        (np.ones((5, 3), dtype=np.uint8), "is bool.*uint8"),
    ],
)
def test_bad_brushes_are_refused(mask, message):
    with pytest.raises(InterventionError, match=message):
        tokens_of_mask(mask, GRID)
