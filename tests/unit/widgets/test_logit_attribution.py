from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from traitlets import TraitError

from tests.unit.widgets.small_classifier import (
    BEST,
    CLASSES,
    HEADS,
    LAYERS,
    LOGITS,
    MODEL,
    NAMES,
    NEURONS,
    PICTURE,
    PREPROCESSING,
    SEVERAL,
    TOKENS,
    WHOLE,
    answered,
    make,
)
from vitwidgets.images import prepare_image
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.widgets.logit_attribution import LogitAttribution

if TYPE_CHECKING:
    from .conftest import Page


def test_it_opens_on_the_likeliest_class_and_says_what_it_is_made_of() -> None:
    view = LogitAttribution(MODEL, PICTURE)
    assert view.target == BEST
    assert view.output_classes[0] == BEST
    assert view.measure == "logit"
    assert (view.n_layers, view.n_heads, view.n_tokens) == (LAYERS, HEADS, TOKENS)
    assert view.class_names == NAMES
    assert len(view.class_emoji) == CLASSES
    assert sum(view.results.values()) == pytest.approx(float(LOGITS[BEST]), abs=1e-5)
    assert {"embedding", "L1.H3", "L0.MLP", "class bias"} <= view.results.keys()


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"target": 3}, LOGITS[3]),
        ({"target": "pizza"}, LOGITS[4]),
        (
            {"target": 3, "versus": "moon", "measure": "difference"},
            LOGITS[3] - LOGITS[6],
        ),
        (
            {"target": 3, "measure": "log_probability"},
            LOGITS.log_softmax(-1)[3],
        ),
    ],
)
def test_any_number_can_be_asked_for(state: dict[str, Any], expected: Any) -> None:
    view = LogitAttribution(MODEL, PICTURE, **state)
    assert sum(view.results.values()) == pytest.approx(float(expected), abs=1e-5)
    said = re.search(r"sum (\S+) = (\S+)$", view.caption())
    assert said is not None
    for text in said.groups():
        assert float(text) == pytest.approx(float(expected), abs=1e-4)


def test_the_model_runs_once(page: Page) -> None:
    runs: list[object] = []
    handle = MODEL.module.register_forward_pre_hook(lambda *_: runs.append(1))
    try:
        view = LogitAttribution(MODEL, PICTURE)
        view.target = 2
        assert view.results
        view.still()
        with view.hold_trait_notifications():
            view.measure, view.versus = "difference", 4
        assert view.results
    finally:
        handle.remove()
    assert len(runs) == 1


@pytest.mark.parametrize("measure", ["logit", "difference", "log_probability"])
def test_the_parts_that_a_page_gets_add_up_to_the_models_output(measure: str) -> None:
    view = LogitAttribution(MODEL, PICTURE)
    got = answered(view, "attribution", target=1, versus=5, measure=measure)
    expected = {
        "logit": LOGITS[1],
        "difference": LOGITS[1] - LOGITS[5],
        "log_probability": LOGITS.log_softmax(-1)[1],
    }[measure]
    assert got["value"] == pytest.approx(float(expected), abs=1e-5)
    assert got["sum"] + got["residue"] == pytest.approx(got["value"], abs=1e-12)
    assert abs(got["residue"]) < 1e-5
    arrays = ("heads", "attention_bias", "mlp", "mlp_bias")
    total = sum(float(got[name].sum()) for name in arrays)
    total += sum(term["value"] for term in got["outer"])
    assert total == pytest.approx(float(expected), abs=1e-5)
    assert got["heads"].shape == (LAYERS, HEADS)
    assert got["depth"].shape == (2 * LAYERS + 1,)
    assert got["depth"][-1] == pytest.approx(float(expected), abs=1e-5)
    assert got["attention"] == pytest.approx(
        got["heads"].sum(1) + got["attention_bias"], abs=1e-5
    )
    assert {got[name].dtype for name in (*arrays, "depth")} == {np.dtype("float32")}
    assert got["frozen"] == ["the final norm"]
    assert bool(got["note"]) == (measure == "log_probability")
    has_entropy = "entropy" in {term["address"] for term in got["outer"]}
    assert has_entropy == (measure == "log_probability")


def test_a_heads_tokens_add_up_to_its_bar() -> None:
    view = LogitAttribution(MODEL, PICTURE)
    bars = answered(view, "attribution", **WHOLE)["heads"]
    for layer in range(LAYERS):
        for head in range(HEADS):
            got = answered(view, "sources", **WHOLE, layer=layer, head=head)
            assert got["values"].shape == (TOKENS,)
            assert got["values"].sum() == pytest.approx(bars[layer, head], abs=1e-5)
            assert got["parent"] == pytest.approx(bars[layer, head], abs=1e-5)
            assert got["sum"] + got["residue"] == pytest.approx(got["parent"])
            assert abs(got["residue"]) < 1e-5


def test_an_mlps_strongest_neurons_and_the_rest_add_up_to_its_bar() -> None:
    view = LogitAttribution(MODEL, PICTURE)
    bars = answered(view, "attribution", **WHOLE)["mlp"]
    got = answered(view, "neurons", **WHOLE, layer=1)
    assert got["n_neurons"] == NEURONS
    assert len(got["index"]) == len(got["values"]) == 20
    assert got["values"].sum() + got["rest"] == pytest.approx(bars[1], abs=1e-5)
    assert got["sum"] == pytest.approx(got["parent"], abs=1e-9)
    # By hand: the final norm's scale is held, so that the logit is linear.
    module = MODEL.module
    with torch.no_grad():
        _, cache = MODEL.run_with_cache(prepare_image(PICTURE, PREPROCESSING).pixels)
        last = cache[f"blocks.{LAYERS - 1}.hook_resid_post"][0, 0]
        scale = (last.var(correction=0) + module.norm.eps).sqrt()
        direction = module.norm.weight * module.head.weight[1]
        direction = (direction - direction.mean()) / scale
        fc2 = module.blocks[1].mlp.fc2
        each = cache["blocks.1.mlp.hook_post"][0, 0] * (direction @ fc2.weight)
    order = each.abs().argsort(descending=True)[:20]
    assert got["index"].tolist() == order.tolist()
    assert got["values"] == pytest.approx(each[order].numpy(), abs=1e-5)


def test_layers_whose_heads_cannot_be_told_apart_say_so() -> None:
    view = LogitAttribution(SEVERAL, PICTURE)
    got = answered(view, "attribution", **WHOLE)
    assert np.isnan(got["heads"]).all()
    assert np.isfinite(got["attention"]).all()
    assert "side by side" in got["whole"][0]
    total = float(got["attention"].sum() + got["mlp"].sum())
    total += sum(term["value"] for term in got["outer"])
    assert total == pytest.approx(got["value"], abs=1e-4)
    with pytest.raises(UnsupportedModelError, match="side by side"):
        answered(view, "sources", **WHOLE, layer=0, head=0)
    view.component = "L0.H0"
    assert view.still().height > 0


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        ("attribution", {**WHOLE, "target": 7}, "target=7 doesn't exist"),
        ("attribution", {**WHOLE, "target": 1.5}, "a whole number"),
        ("attribution", {**WHOLE, "versus": -2}, "versus=-2 doesn't exist"),
        ("attribution", {**WHOLE, "measure": "odds"}, "measure='odds'"),
        ("attribution", {**WHOLE, "measure": "difference"}, "give the other one"),
        ("sources", {**WHOLE, "layer": 2, "head": 0}, "layer=2 doesn't exist"),
        ("sources", {**WHOLE, "layer": 0, "head": 4}, "head=4 doesn't exist"),
        ("neurons", {**WHOLE, "layer": -1}, "layer=-1 doesn't exist"),
    ],
)
def test_requests_that_make_no_sense_are_answered_with_the_reason(
    kind: str, arguments: dict[str, Any], message: str
) -> None:
    view = LogitAttribution(MODEL, PICTURE)
    with pytest.raises((TraitError, ValueError, IndexError), match=message):
        view.answers()[kind](**arguments)


def test_emoji_of_all_classes_can_be_had() -> None:
    view = LogitAttribution(MODEL, PICTURE)
    answer = view.answers()["sprites"]()
    assert answer.result["emoji"] == list(dict.fromkeys(view.class_emoji))
    assert bytes(answer.arrays["sheet"][:4]) == b"RIFF"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("target", 7, "target=7 doesn't exist"),
        ("target", -1, "target=-1 doesn't exist"),
        ("versus", 7, "versus=7 doesn't exist"),
        ("measure", "odds", "measure"),
        ("measure", "difference", "needs another class"),
        ("component", "L2", "component='L2': layer=2 doesn't exist"),
        ("component", "L0.H4", "'L0.H4': head=4 doesn't exist"),
        ("component", "L0.MLP.n128", "neuron=128 doesn't exist"),
        ("component", "L0.x", "write 'L3', 'L3.H2'"),
        ("component", "the first", "write 'L3', 'L3.H2'"),
    ],
)
def test_a_state_that_does_not_exist_is_refused(
    name: str, value: Any, message: str
) -> None:
    view = LogitAttribution(MODEL, PICTURE, target=2, component="L1.H1")
    before = repr(view)
    with pytest.raises(TraitError, match=message):
        setattr(view, name, value)
    assert repr(view) == before


def test_a_class_is_not_compared_with_itself() -> None:
    view = LogitAttribution(MODEL, PICTURE, target=2, versus=3, measure="difference")
    for name, value in (("target", 3), ("versus", 2), ("versus", -1)):
        with pytest.raises(TraitError, match=r"choose two classes|needs another"):
            setattr(view, name, value)
    assert (view.target, view.versus, view.measure) == (2, 3, "difference")
    view.act("swap", "", target=3, versus=2)
    assert (view.target, view.versus) == (3, 2)
    view.undo()
    assert (view.target, view.versus) == (2, 3)


@pytest.mark.parametrize(
    "component",
    [
        "",
        "embedding",
        "norm bias",
        "entropy",
        "L0",
        "L1.attention",
        "L1.attention bias",
        "L1.H3",
        "L1.MLP",
        "L1.MLP bias",
        "L1.MLP.n127",
    ],
)
def test_every_part_can_be_opened(component: str) -> None:
    view = LogitAttribution(MODEL, PICTURE)
    view.component = component
    assert view.still().size[0] > 320
    if component:
        assert component in view.caption()


def test_the_page_may_compare_in_one_update(page: Page) -> None:
    view = LogitAttribution(MODEL, PICTURE, target=1)
    page.set(view, measure="difference", versus=4)
    assert (view.measure, view.versus) == ("difference", 4)
    page.set(view, versus=-1)
    assert page.messages("refused")
    assert view.versus == 4
    page.set(view, class_names=["x"])
    assert view.class_names == NAMES


@pytest.mark.parametrize("text", ["cat", "zebra"])
def test_a_name_that_means_no_class_or_several_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        LogitAttribution(MODEL, PICTURE, target=text)


def test_a_model_without_a_classifier_is_refused() -> None:
    with pytest.raises(UnsupportedModelError, match="it has no classifier"):
        LogitAttribution(make(num_classes=0), PICTURE)


def test_a_misspelt_state_is_refused() -> None:
    with pytest.raises(TypeError, match="no state 'mesure'"):
        LogitAttribution(MODEL, PICTURE, mesure="logit")


def test_a_closed_view_says_so() -> None:
    view = LogitAttribution(MODEL, PICTURE)
    answers = view.answers()
    view.close()
    for ask in (
        lambda: view.results,
        view.kept_answers,
        lambda: answers["attribution"](**WHOLE),
        lambda: answers["neurons"](**WHOLE, layer=0),
    ):
        with pytest.raises(RuntimeError, match="was closed"):
            ask()
    view.close()
