"""The curves and their lens, without a page: what is drawn, and who hears of what."""

from __future__ import annotations

import gc
import re
import weakref
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import ipywidgets
import numpy as np
import pytest
import torch

import vitwidgets as vw
from tests.unit.dashboards.test_head_scatter import parts
from tests.unit.dashboards.test_type_markers import luminance
from vitwidgets.dashboards import lens_dashboard
from vitwidgets.dashboards.curve_styles import STYLES
from vitwidgets.images import prepare_image, sample
from vitwidgets.widgets import EmojiLogitLens

if TYPE_CHECKING:
    from vitwidgets.dashboards.lens_curves import LensCurves
    from vitwidgets.models import HookedViT

SCENE = sample("cat-and-dog")
DOG, LAST = 1, 5
RARE, RARER = 12, 30
"""Classes that are the likeliest of no patch of the scene, at no layer."""


@pytest.fixture(scope="module", name="model")
def _model() -> HookedViT:
    return vw.load_model()


@pytest.fixture(scope="module")
def plain(model: HookedViT) -> np.ndarray:
    """Logits ``(layer, token, class)`` by the module's own parts, float64."""
    module: Any = model.module
    pixels = prepare_image(SCENE, model.preprocessing).pixels  # pyright: ignore[reportArgumentType]
    with torch.no_grad():
        stream = module._pos_embed(module.patch_embed(pixels))
        found = [module.head(module.norm(stream))[0]]
        for block in module.blocks:
            stream = block(stream)
            found.append(module.head(module.norm(stream))[0])
    return torch.stack(found).double().numpy()


@pytest.fixture
def lens(model: HookedViT):
    lens = EmojiLogitLens(model, SCENE)
    yield lens
    lens.close()


@pytest.fixture
def curves(lens: EmojiLogitLens):
    curves = lens_dashboard(lens)
    yield curves
    curves.close()


def probabilities(logits: np.ndarray) -> np.ndarray:
    shares = np.exp(logits - logits.max(-1, keepdims=True))
    return shares / shares.sum(-1, keepdims=True)


def marks(curves: LensCurves) -> list:
    (figure,) = parts(curves, "Figure")
    return figure.marks


def rows(curves: LensCurves) -> list[list[str]]:
    """Return the legend: names and values at the present layer."""
    table = next(p.value for p in parts(curves, "HTML") if "<table" in p.value)
    root = ET.fromstring(table)  # noqa: S314
    return [
        ["".join(cell.itertext()) for cell in list(row)[1:]] for row in root.iter("tr")
    ]


def title(curves: LensCurves) -> str:
    table = next(p.value for p in parts(curves, "HTML") if "<table" in p.value)
    return re.search("<caption>(.*)</caption>", table)[1]


def drawn(curves: LensCurves, lens: EmojiLogitLens) -> dict[int, np.ndarray]:
    """Return the curves by their class, found by the names in the legend."""
    shown = [mark for mark in marks(curves)[1:-1] if len(mark.x)]
    for mark in shown:
        assert mark.x.tolist() == list(range(-1, lens.n_layers))
    names = [name.split(" ", 1)[1].split(" (")[0] for name, _ in rows(curves)]
    classes = [lens.class_names.index(name) for name in names]
    assert len(set(classes)) == len(shown) == len(classes)
    return {index: mark.y for index, mark in zip(classes, shown, strict=True)}


def line(curves: LensCurves) -> list[float]:
    return marks(curves)[0].x.tolist()


def point(curves: LensCurves, event: str, x: float) -> None:
    """Say what the page says while the pointer is held."""
    strips = marks(curves)[-1]
    content = {"event": event, "point": {"x": x, "y": 0.5}, "index": 3}
    strips._handle_custom_msgs(strips, content)


def drag(curves: LensCurves, *places: float) -> None:
    for event, x in zip(
        ["drag_start", *["drag"] * (len(places) - 2), "drag_end"], places, strict=True
    ):
        point(curves, event, x)


def test_probabilities_of_the_token_are_the_plain_models(curves, lens, plain):
    expected = 100 * probabilities(plain)[:, lens.token]
    shown = drawn(curves, lens)
    for index, values in shown.items():
        np.testing.assert_allclose(values, expected[:, index], atol=1e-3)
    # Nothing that is left out is ever likelier than what is drawn.
    left_out = np.delete(expected, list(shown), 1).max()
    assert left_out <= min(values.max() for values in shown.values()) + 1e-3
    assert len(shown) == 6


def test_logits(curves, lens, plain):
    curves.shown = "logit"
    for index, values in drawn(curves, lens).items():
        np.testing.assert_allclose(values, plain[:, lens.token, index], atol=1e-4)


def test_entropy(curves, lens, plain):
    curves.shown = "entropy"
    shares = probabilities(plain)[:, lens.token]
    (mark,) = [mark for mark in marks(curves)[1:-1] if len(mark.x)]
    np.testing.assert_allclose(mark.y, -(shares * np.log(shares)).sum(-1), atol=1e-4)
    assert rows(curves) == [["uncertainty", f"{mark.y[-1]:.2f} nats"]]


def test_shares_of_patches_by_counting(curves, lens, plain):
    curves.shown = "share"
    counted = [Counter(layer[1:].argmax(-1).tolist()) for layer in plain]
    shown = drawn(curves, lens)
    for index, values in shown.items():
        expected = [100 * layer[index] / 64 for layer in counted]
        np.testing.assert_allclose(values, expected, atol=1e-4)
    total = sum(counted, Counter())
    assert list(shown) == sorted(total, key=lambda index: (-total[index], index))[:6]
    assert title(curves) == "all patches, L5"


@pytest.mark.parametrize("shown", ["probability", "logit", "share"])
def test_chosen_classes_come_first_and_are_named(curves, lens, plain, shown):
    curves.shown = shown
    lens.target, lens.versus = RARE, DOG
    found = drawn(curves, lens)
    assert list(found)[:2] == [RARE, DOG]
    names = [name for name, _ in rows(curves)]
    assert names[0].endswith("(chosen)")
    assert names[1].endswith("🐶 dog (compared with)")
    values = {
        "probability": 100 * probabilities(plain)[:, lens.token, RARE],
        "logit": plain[:, lens.token, RARE],
        "share": 100 * (plain[:, 1:].argmax(-1) == RARE).mean(1),
    }
    np.testing.assert_allclose(found[RARE], values[shown], atol=1e-3)
    lens.target = lens.versus = -1
    assert RARE not in drawn(curves, lens)


def test_all_that_is_drawn_lies_inside_the_axes(curves, lens):
    lens.target, lens.versus = RARE, DOG
    for shown in ("probability", "logit", "entropy", "share"):
        curves.shown = shown
        for mark in marks(curves)[1:-1]:
            scale = mark.scales["y"]
            assert all(scale.min <= value <= scale.max for value in mark.y)


def test_another_token_lens_or_norm_draws_anew(curves, lens, plain):
    lens.token = 0
    first = drawn(curves, lens)
    expected = 100 * probabilities(plain)[:, 0]
    for index, values in first.items():
        np.testing.assert_allclose(values, expected[:, index], atol=1e-3)
    assert title(curves) == "cls, L5"
    for change in ({"norm": "final"}, {"lens": "tuned"}):
        before = drawn(curves, lens)
        for name, value in change.items():
            setattr(lens, name, value)
        after = drawn(curves, lens)
        # The layers before the last are read otherwise.
        assert not all(
            np.allclose(before[index][:-1], after[index][:-1])
            for index in before
            if index in after
        )
    lens.token = 1
    assert title(curves) == "patch (0,0), L5"


def test_the_legend_says_the_values_at_the_layer(curves, lens, plain):
    lens.layer = 2
    expected = 100 * probabilities(plain)[3, lens.token]
    for index, (_, value) in zip(drawn(curves, lens), rows(curves), strict=True):
        assert float(value.removesuffix(" %")) == pytest.approx(
            expected[index], rel=0.01, abs=1e-3
        )
    lens.layer = -1
    assert title(curves).endswith("), embedding")


def test_the_line_follows_the_lens(curves, lens):
    assert line(curves) == [LAST, LAST]
    lens.layer = -1
    assert line(curves) == [-1, -1]
    lens.set_state({"layer": 3})  # as the page does
    assert line(curves) == [3, 3]
    assert lens.history == []


def test_a_drag_is_one_act_when_let_go(curves, lens):
    heard: list[int] = []
    lens.observe(lambda change: heard.append(change["new"]), "layer")
    point(curves, "drag_start", 4.2)
    point(curves, "drag", 3.4)
    point(curves, "drag", 2.6)
    point(curves, "drag", 1.51)
    assert lens.layer == 2
    assert line(curves) == [2, 2]
    assert lens.history == []
    assert heard == [4, 3, 2]
    point(curves, "drag_end", 1.51)
    assert lens.layer == 2
    (act,) = lens.history
    assert (act["verb"], act["address"]) == ("go to", "L2")
    assert (act["before"], act["after"]) == ({"layer": LAST}, {"layer": 2})
    lens.undo()
    assert (lens.layer, line(curves)) == (LAST, [LAST, LAST])


def test_a_click_is_an_act(curves, lens):
    drag(curves, -1.2, -1.2)
    assert lens.layer == -1
    assert [act["address"] for act in lens.history] == ["embedding"]


def test_letting_go_where_it_began_is_no_act(curves, lens):
    drag(curves, 5.0, 3.0, 5.3)
    assert lens.layer == LAST
    assert lens.history == []


def test_a_drag_that_was_cut_off_does_not_spoil_the_next(curves, lens):
    point(curves, "drag_start", 4.0)
    lens.layer = 1
    drag(curves, 2.0, 2.0)
    assert lens.history[0]["before"] == {"layer": 1}


def test_beyond_the_ends_is_the_end(curves, lens):
    drag(curves, 3.0, 9.7, 9.7)
    assert lens.layer == LAST
    drag(curves, 3.0, -4.0, -4.0)
    assert lens.layer == -1


def test_what_feels_the_pointer_goes_back_to_its_place(curves):
    strips = marks(curves)[-1]
    places = strips.x.copy()
    moved = places.copy()
    moved[3] = 4.0
    data = memoryview(moved.tobytes())
    strips.set_state(
        {"x": {"value": data, "dtype": "float64", "shape": list(moved.shape)}}
    )
    np.testing.assert_array_equal(strips.x, places)
    # Every layer has many of them, and no two neighbours are far apart.
    assert (np.diff(places) < 0.1).all()
    assert (places[0], places[-1]) == (-1.5, LAST + 0.5)


def test_the_list_and_the_trait_are_linked(curves):
    (choice,) = parts(curves, "Dropdown")
    choice.value = "share"
    assert curves.shown == "share"
    curves.shown = "logit"
    assert choice.value == "logit"


def test_something_that_cannot_be_shown(lens, curves):
    before = set(ipywidgets.widgets.widget._instances)
    message = r"'colour' can't be shown; choose probability, logit, entropy, share"
    with pytest.raises(ValueError, match=message):
        lens_dashboard(lens, shown="colour")
    with pytest.raises(ValueError, match=message):
        curves.shown = "colour"
    assert curves.shown == "probability"
    assert set(ipywidgets.widgets.widget._instances) == before


def test_no_token_of_a_closed_lens(model: HookedViT):
    lens = EmojiLogitLens(model, SCENE)
    curves = lens_dashboard(lens, shown="logit")
    before = drawn(curves, lens)
    lens.close()
    (choice,) = parts(curves, "Dropdown")
    assert choice.disabled
    assert any("was closed" in part.value for part in parts(curves, "Label"))
    with pytest.raises(RuntimeError, match="was closed"):
        curves.shown = "share"
    assert (curves.shown, choice.value) == ("logit", "logit")
    assert drawn(curves, lens).keys() == before.keys()
    curves.close()
    with pytest.raises(RuntimeError, match="closed"):
        lens_dashboard(lens)


def test_closing_frees_everything_and_leaves_the_lens(lens: EmojiLogitLens):
    before = set(ipywidgets.widgets.widget._instances)
    curves = lens_dashboard(lens)
    drag(curves, 5.0, 3.0, 3.0)
    curves.shown = "share"
    curves.close()
    curves.close()
    assert set(ipywidgets.widgets.widget._instances) == before
    assert lens.layer == 3
    gone = weakref.ref(curves)
    del curves
    gc.collect()
    assert gone() is None
    lens.layer, lens.token = 0, 0


def test_curves_are_told_apart_without_colour():
    assert len({style.marker for style in STYLES}) == len(STYLES)
    assert all(one.dash != following.dash for one, following in pairwise(STYLES))


def test_curves_stand_out_from_white_and_from_black():
    for style in STYLES:
        seen = luminance(style.colour)
        assert 1.05 / (seen + 0.05) >= 3
        assert (seen + 0.05) / (luminance("#111111") + 0.05) >= 3


def test_there_is_a_style_for_every_curve(curves, lens):
    lens.target, lens.versus = RARE, RARER
    assert len(drawn(curves, lens)) == len(STYLES) == 8
    curves.shown = "share"
    assert len(drawn(curves, lens)) == 8


def test_curves_are_drawn_in_the_styles_of_the_legend(curves, lens):
    lens.target, lens.versus = RARE, RARER
    table = next(p.value for p in parts(curves, "HTML") if "<table" in p.value)
    fills = [path.get("fill") for path in ET.fromstring(table).iter("path")][1::2]  # noqa: S314
    assert fills == [mark.colors[0] for mark in marks(curves)[1:-1]]


def test_curves_of_the_lens(lens: EmojiLogitLens, plain):
    lens.target = RARE
    found = lens.curves()
    assert found["classes"][0] == RARE
    shares = probabilities(plain)[:, lens.token][:, found["classes"]]
    np.testing.assert_allclose(found["probabilities"], shares, atol=1e-5)
    np.testing.assert_allclose(
        found["logits"], plain[:, lens.token][:, found["classes"]], atol=1e-4
    )
    assert found["entropy"].shape == (7,)
