"""The logit attribution in JupyterLab: a real kernel, the plain model's own parts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.attribution_page import MINUS, Attribution
from tests.browser.test_attribution_drilldown import bar_values
from tests.lab.emoji_vit import LAYERS, NAMES, EmojiVitParts
from tests.lab.lens_view import (
    CELLS,
    VIOLATIONS,
    AttributionNotebook,
    attribution_in,
    emoji_notebook,
    fresh_attribution,
)
from tests.lab.test_looks import AXE, change_theme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.jupyterlab import Lab, Notebook

pytestmark = pytest.mark.lab

CAT, DOG = NAMES.index("cat"), NAMES.index("dog")
LOGIT = {"target": CAT, "versus": -1, "measure": "logit"}
SHOWN_NEURONS = 20
NUMBERS = re.compile(rf"[+{MINUS}]?\d+\.\d+")


@pytest.fixture(scope="module")
def data() -> EmojiVitParts:
    return EmojiVitParts()


@pytest.fixture(scope="module")
def attribution_notebook(session_lab: Lab) -> Iterator[Notebook]:
    notebook = emoji_notebook(session_lab, "attribution.ipynb")
    yield notebook
    notebook.close()


@pytest.fixture
def opened(
    lab: Lab, attribution_notebook: Notebook, data: EmojiVitParts
) -> AttributionNotebook:
    notebook = lab.open(attribution_notebook.path)
    return fresh_attribution(notebook, data)


def numbers_in(text: str) -> list[float]:
    return [float(each.replace(MINUS, "-")) for each in NUMBERS.findall(text)]


def expect_sum(view: Attribution, name: str, value: float) -> None:
    """Wait until what is opened adds up to this; the run of the kernel is float32."""
    for _ in range(100):
        text = view.sum.inner_text()
        found = numbers_in(text.partition("residue")[0].replace(name, ""))
        if f" = {name} " in text and found == pytest.approx([value] * 2, abs=2e-4):
            return
        view.root.page.wait_for_timeout(50)
    raise AssertionError(f"{text} where the sum is {value}")


def assert_bars(view: Attribution, parts: dict[str, float]) -> None:
    """Check the bars: the largest by themselves, all others as one.

    They are written with two digits or more.
    """
    shown = bar_values(view)
    order = sorted(parts, key=lambda name: -abs(parts[name]))
    rest = [name for name in shown if name.endswith(" weaker parts")]
    kept = {name: parts[name] for name in order[: len(shown) - len(rest)]}
    kept |= dict.fromkeys(rest, sum(parts.values()) - sum(kept.values()))
    assert shown == pytest.approx(kept, rel=6e-3, abs=2e-5)


def test_the_logit_and_all_its_parts(opened: AttributionNotebook, lab: Lab) -> None:
    view, data = opened.view, opened.data
    lab.screenshot("attribution")
    expect(view.quantity).to_have_text("logit of cat")
    assert data.logits.argmax() == CAT
    expect_sum(view, "logit", data.logits[CAT])
    assert_bars(view, data.parts(LOGIT))
    expect(view.frozen).to_have_text("frozen as in the real run: the final norm")
    results = opened.notebook.value("attribution.results")
    assert results == pytest.approx(data.parts(LOGIT), abs=1e-5)


def test_from_the_curve_down_to_a_source_patch(
    opened: AttributionNotebook, lab: Lab
) -> None:
    view, data = opened.view, opened.data
    depth, heads = data.depth(LOGIT), data.heads_of(LOGIT)
    layer = int(np.abs(heads).max(1).argmax())
    head = int(np.abs(heads[layer]).argmax())
    step = view.step(f"L{layer} attention")
    step.hover()
    readout = view.readout(view.curve)
    expect(readout).to_contain_text(f"L{layer} attention")
    moved = depth[2 * layer + 1] - depth[2 * layer]
    assert numbers_in(readout.inner_text()) == pytest.approx(
        [moved, depth[2 * layer + 1]], abs=2e-4
    )
    step.click()
    opened.state(component=f"L{layer}.attention")
    expect_sum(view, f"L{layer}.attention", moved)
    view.bar(f"L{layer}.H{head}").click()
    opened.state(component=f"L{layer}.H{head}")
    expect_sum(view, f"L{layer}.H{head}", heads[layer, head])
    sources = data.sources(LOGIT)[layer, head]
    for row, column in ((0, 0), (2, 3), (6, 7)):
        view.hover(row, column)
        expect(view.readout(view.opened)).to_contain_text(f"patch ({row},{column}): ")
        shown = numbers_in(view.readout(view.opened).inner_text())
        expected = sources[data.token(row, column)]
        assert shown[-1] == pytest.approx(expected, abs=2e-4)
    lab.screenshot("attribution-head")
    assert_painted_by_sign(view, sources[1:].reshape(8, 8))
    view.path.get_by_role("button", name="All parts").click()
    opened.state(component="")
    expect_sum(view, "logit", data.logits[CAT])


def assert_painted_by_sign(view: Attribution, values: np.ndarray) -> None:
    """Check that patches for the class are warmer than those against it."""
    view.root.page.mouse.move(0, 0)
    colours = view.colours()[..., :3].astype(int)
    warmth = colours[..., 0] - colours[..., 2]
    strong = np.abs(values) > 0.3 * np.abs(values).max()
    assert strong.sum() > 1
    assert ((warmth > 0) == (values > 0))[strong].all()


def test_an_mlp_down_to_its_neurons(opened: AttributionNotebook) -> None:
    view, data = opened.view, opened.data
    layer = LAYERS - 1
    view.cell(f"L{layer}.MLP").click()
    opened.state(component=f"L{layer}.MLP")
    neurons = data.neuron_values(LOGIT)[layer]
    expect_sum(view, f"L{layer}.MLP", neurons.sum())
    order = np.argsort(-abs(neurons))[:SHOWN_NEURONS]
    expected = {f"L{layer}.MLP.n{index}": neurons[index] for index in order}
    rest = f"{len(neurons) - SHOWN_NEURONS} other neurons"
    assert_bars(view, {**expected, rest: neurons.sum() - neurons[order].sum()})


def test_every_cell_of_the_grid(opened: AttributionNotebook) -> None:
    view, data = opened.view, opened.data
    heads, mlps = data.heads_of(LOGIT), data.mlps_of(LOGIT)
    exact = {f"L{layer}.MLP": value for layer, value in enumerate(mlps)}
    exact |= {f"L{at[0]}.H{at[1]}": heads[at] for at in np.ndindex(heads.shape)}
    for address, value in exact.items():
        spoken = view.cell(address).first.get_attribute("aria-label") or ""
        assert numbers_in(spoken.removeprefix(address))[0] == pytest.approx(
            value, rel=6e-3, abs=2e-4
        ), address


def test_another_class_a_difference_and_a_log_probability(
    opened: AttributionNotebook, lab: Lab
) -> None:
    view, data = opened.view, opened.data
    view.target.fill("dog")
    view.target.press("Enter")
    opened.state(target=DOG)
    expect(view.quantity).to_have_text("logit of dog")
    expect_sum(view, "logit", data.logits[DOG])
    view.button("Difference").click()
    view.versus.fill("cat")
    view.versus.press("Enter")
    opened.state(measure="difference", versus=CAT)
    expect_sum(view, "difference", data.logits[DOG] - data.logits[CAT])
    choice: dict[str, Any] = {"target": DOG, "versus": CAT, "measure": "difference"}
    assert_bars(view, data.parts(choice))
    view.button("⇄ Swap").click()
    opened.state(target=CAT, versus=DOG)
    expect_sum(view, "difference", data.logits[CAT] - data.logits[DOG])
    view.button("Log-probability").click()
    opened.state(measure="log_probability")
    expect_sum(view, "log-probability", np.log(data.probabilities[CAT]))
    expect(view.note).to_be_visible()
    choice = {"target": CAT, "versus": DOG, "measure": "log_probability"}
    assert_bars(view, data.parts(choice))
    lab.screenshot("attribution-log-probability")


def test_undo_in_the_view_and_in_python(opened: AttributionNotebook) -> None:
    view, data = opened.view, opened.data
    view.cell("L5.H2").first.click()
    view.button("Log-probability").click()
    opened.state(component="L5.H2", measure="log_probability")
    view.root.get_by_role("button", name="Undo").click()
    opened.state(component="L5.H2", measure="logit")
    expect_sum(view, "L5.H2", data.heads_of(LOGIT)[5, 2])
    opened.notebook.ask("attribution.undo()")
    expect_sum(view, "logit", data.logits[CAT])
    opened.notebook.ask("attribution.redo()")
    expect_sum(view, "L5.H2", data.heads_of(LOGIT)[5, 2])


def test_python_leads_and_the_view_follows(opened: AttributionNotebook) -> None:
    view, data = opened.view, opened.data
    opened.notebook.run_cell(
        2, "attribution.target = 'dog'\nattribution.component = 'L4.H1'"
    )
    expect(view.quantity).to_have_text("logit of dog")
    expect_sum(view, "L4.H1", data.heads_of({**LOGIT, "target": DOG})[4, 1])
    opened.notebook.run_cell(2, "attribution.component = 'L9.H1'")
    (error,) = opened.notebook.errors()
    assert "layer=9 doesn't exist" in error
    opened.state(component="L4.H1")
    expect(view.status).to_contain_text("L4.H1")


def test_two_attributions_linked_by_what_is_opened(opened: AttributionNotebook) -> None:
    code = (
        "other = vw.LogitAttribution(model, scene, 'dog')\n"
        "link = ipywidgets.link((attribution, 'component'), (other, 'component'))\n"
        "other"
    )
    opened.notebook.run_cell(2, code)
    other = attribution_in(opened.notebook, 2, opened.data)
    opened.view.cell("L3.H0").first.click()
    dog = {**LOGIT, "target": DOG}
    expect_sum(other, "L3.H0", opened.data.heads_of(dog)[3, 0])
    other.cell("L2.MLP").first.click()
    expect_sum(opened.view, "L2.MLP", opened.data.mlps_of(LOGIT)[2])


def test_the_notebook_hears_no_key_of_ours(
    opened: AttributionNotebook, lab: Lab
) -> None:
    opened.view.cell("L0.H0").first.focus()
    for key in ("ArrowDown", "ArrowRight", "Enter", "d", "d", "a", "b", "x", "y"):
        lab.page.keyboard.press(key)
    opened.state(component="L1.H1")
    lab.page.wait_for_timeout(200)  # time for a shortcut that should not come
    assert lab.call(CELLS, opened.notebook.path) == [1, "code", "code", "code"]


def test_a_restarted_kernel_leaves_a_readable_attribution(
    opened: AttributionNotebook, lab: Lab
) -> None:
    view, data = opened.view, opened.data
    view.cell("L5.H3").first.click()
    expect_sum(view, "L5.H3", data.heads_of(LOGIT)[5, 3])
    opened.notebook.restart_kernel()
    expect(view.badge).to_have_text("detached: run the cell again")
    view.path.get_by_role("button", name="All parts").click()
    expect_sum(view, "logit", data.logits[CAT])
    view.cell("L5.MLP").first.click()
    expect(view.missing).to_contain_text("had not come when the kernel went")
    lab.screenshot("attribution-detached")
    opened.notebook.run_cell(0)
    again = fresh_attribution(opened.notebook, data)
    expect(again.view.badge).to_be_hidden()
    expect_sum(again.view, "logit", data.logits[CAT])


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_axe_finds_nothing_in_both_themes(
    opened: AttributionNotebook, lab: Lab, theme: str
) -> None:
    change_theme(lab, theme)
    try:
        opened.view.cell("L5.H3").first.click()
        expect(opened.view.picture).to_be_visible()
        lab.screenshot(f"attribution-{theme.lower()}")
        lab.page.add_script_tag(path=AXE)
        assert opened.view.root.evaluate(VIOLATIONS) == []
    finally:
        change_theme(lab, "Light")
