from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.attribution_data import LOGIT, AttributionData
from tests.browser.attribution_page import (
    MINUS,
    Attribution,
    AttributionPage,
    change,
    number,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SCREENSHOTS = ROOT / "tests" / "screenshots"
VIOLATIONS = """async () => (await axe.run("main")).violations
  .map(({id, nodes}) => id + ": " + nodes.map(({html}) => html.slice(0, 120)).join())"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

LOG = {**LOGIT, "measure": "log_probability"}
DOG = {"target": 0, "versus": 1, "measure": "difference"}


@pytest.fixture
def attribution_page(page: Page, tmp_path: Path) -> AttributionPage:
    attribution_page = AttributionPage(page, tmp_path)
    attribution_page.open()
    return attribution_page


@pytest.fixture
def view(attribution_page: AttributionPage) -> Attribution:
    return attribution_page.show(AttributionData())


def shows(view: Attribution, choice: dict[str, Any]) -> None:
    """Check that this number is taken apart."""
    value = number(view.data.value(choice))
    expect(view.value).to_have_text(value)
    name = {
        "logit": "logit",
        "difference": "difference",
        "log_probability": "log-probability",
    }
    text = f"sum {value} = {name[choice['measure']]} {value}"
    expect(view.sum).to_have_text(text)


def test_another_class_is_found_by_its_name(
    view: Attribution, attribution_page: AttributionPage
):
    view.target.click()
    attribution_page.page.keyboard.type("dog")
    expect(view.options).to_have_text([re.compile("^dog"), re.compile("^hot dog")])
    attribution_page.press("Enter")
    expect(view.quantity).to_have_text("logit of dog")
    shows(view, {**LOGIT, "target": 1})
    assert attribution_page.saved_state() == {"target": 1}


def test_swapping_never_compares_a_class_with_itself(
    attribution_page: AttributionPage,
):
    data = AttributionData()
    view = attribution_page.show(data, **DOG)
    asked: list[dict[str, Any]] = []

    def answer(request: dict[str, Any]) -> Any:
        asked.append(request)
        return data.answer(request)

    attribution_page.answer = answer
    view.root.get_by_role("button", name="Swap").click()
    shows(view, {**DOG, "target": 1, "versus": 0})
    pairs = [(each["target"], each["versus"]) for each in asked if "versus" in each]
    assert pairs
    assert all(target != versus for target, versus in pairs)


def test_a_part_of_a_word_is_never_taken_for_a_class(
    view: Attribution, attribution_page: AttributionPage
):
    view.target.click()
    attribution_page.page.keyboard.type("catam")
    attribution_page.press("Enter")
    assert attribution_page.saved_state() == {}
    expect(view.options).to_have_text([re.compile("^catamaran")])
    attribution_page.press("ArrowDown", "Enter")
    shows(view, {**LOGIT, "target": 4})


def test_what_the_model_says_is_a_click_away(view: Attribution):
    chip = view.root.get_by_role("button", name=re.compile("^cow"))
    assert chip.text_content() == "cow5.0\u00a0%"
    chip.click()
    shows(view, {**LOGIT, "target": 3})
    expect(chip).to_have_attribute("aria-pressed", "true")


def test_difference_asks_for_the_other_class(
    view: Attribution, attribution_page: AttributionPage
):
    view.button("Difference").click()
    expect(view.versus).to_be_focused()
    expect(view.quantity).to_have_text("logit of cat")
    attribution_page.page.keyboard.type("cow")
    attribution_page.press("Enter")
    difference = {"target": 0, "versus": 3, "measure": "difference"}
    expect(view.quantity).to_have_text(f"logit of cat {MINUS} logit of cow")
    shows(view, difference)
    assert attribution_page.saved_state() == {"versus": 3, "measure": "difference"}
    view.button("⇄ Swap").click()
    shows(view, {"target": 3, "versus": 0, "measure": "difference"})
    view.button("Logit").click()
    shows(view, {**LOGIT, "target": 3})
    expect(view.versus).to_be_hidden()


def test_log_probability_says_why_it_is_no_sum(view: Attribution):
    view.button("Log-probability").click()
    shows(view, LOG)
    expect(view.note).to_have_text("A log-probability is no sum.")
    expect(view.bar("entropy")).to_have_text(re.compile(rf"{MINUS}0\.750$"))
    expect(view.parts.locator(".vw-ticks")).to_contain_text("0 nats")


def test_undo_and_redo(view: Attribution, attribution_page: AttributionPage):
    view.cell("L1.H2").click()
    view.button("Log-probability").click()
    expect(view.status).to_have_text("tiny-vit · log-probability of cat · L1.H2")
    attribution_page.press("Control+z")
    expect(view.status).to_have_text("tiny-vit · logit of cat · L1.H2")
    attribution_page.press("Control+z")
    expect(view.status).to_have_text("tiny-vit · logit of cat · All parts")
    shows(view, LOGIT)
    attribution_page.press("Control+Shift+z", "Control+Shift+z")
    expect(view.status).to_have_text("tiny-vit · log-probability of cat · L1.H2")
    attribution_page.press("Control+z", "Control+z", "Control+z")
    assert attribution_page.saved["undone"] == 2


def test_everything_with_the_keyboard_alone(
    view: Attribution, attribution_page: AttributionPage
):
    data = view.data
    view.step("Embedding, and all that is of no layer").focus()
    attribution_page.press("ArrowRight", "ArrowRight", "Enter")
    expect(view.sum).to_have_text(re.compile("= L0.MLP "))
    attribution_page.press("Backspace")
    expect(view.sum).to_have_text(re.compile("= L0 "))
    attribution_page.press("Backspace")
    shows(view, LOGIT)
    view.cell("L0.H0").focus()
    attribution_page.press("ArrowDown", "End", "ArrowLeft", "Enter")
    expect(view.sum).to_have_text(re.compile("= L1.MLP "))
    attribution_page.press("Home", " ")
    expect(view.sum).to_have_text(re.compile("= L1.H0 "))
    view.picture.focus()
    attribution_page.press("Control+Home", "ArrowDown", "ArrowRight")
    source = data.sources(LOGIT)[1, 0, data.token(1, 1)]
    text = f"patch (1,1): {change(source)}"
    expect(view.readout(view.opened)).to_have_text(text)
    expect(view.picture).to_have_attribute("aria-valuetext", text)
    attribution_page.press("Backspace", "o")
    view.bars.first.focus()
    attribution_page.press("ArrowDown", "Enter")
    expect(view.sum).to_have_text(re.compile("= L1.H1 "))
    attribution_page.press("c")
    expect(view.target).to_be_focused()
    expect(view.target).to_have_value("cat")
    attribution_page.page.keyboard.type("cow")
    attribution_page.press("Enter")
    expect(view.quantity).to_have_text("logit of cow")


def test_python_sets_every_trait(view: Attribution, attribution_page: AttributionPage):
    attribution_page.assign(**DOG, component="L2.MLP")
    expect(view.quantity).to_have_text(f"logit of cat {MINUS} logit of dog")
    expect(view.sum).to_have_text(re.compile("= L2.MLP "))
    assert attribution_page.saved == {}


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"target": 5}, "target 5 doesn't exist: this model has classes 0 to 4"),
        ({"component": "L3"}, "L3 doesn't exist: this model has layer 0 to layer 2"),
        (
            {"measure": "loss"},
            "measure is logit or difference or log_probability, not loss",
        ),
    ],
)
def test_value_that_does_not_exist_is_refused(
    view: Attribution,
    attribution_page: AttributionPage,
    state: dict[str, Any],
    message: str,
):
    attribution_page.assign(**state)
    expect(view.alert).to_have_text(message)
    shows(view, LOGIT)


def test_number_that_could_not_be_had_leaves_the_one_before(
    view: Attribution, attribution_page: AttributionPage
):
    attribution_page.answer = lambda _request: {"error": "out of memory"}
    view.button("Log-probability").click()
    expect(view.alert).to_have_text(
        "log-probability of cat could not be taken apart: out of memory"
    )
    shows(view, LOGIT)


def test_saved_page_offers_what_it_holds(attribution_page: AttributionPage):
    data = AttributionData()
    saved = [LOGIT, LOG]
    view = attribution_page.show(data, readable=saved)
    expect(view.button("Difference")).to_be_hidden()
    expect(view.root.get_by_role("button", name=re.compile("^cow"))).to_be_hidden()
    view.target.click()
    expect(view.options).to_have_text([re.compile("^cat")])
    attribution_page.page.keyboard.type("cow")
    expect(view.root.locator(".vw-combo-summary:visible")).to_contain_text(
        "Not in this"
    )
    attribution_page.press("Escape")
    view.button("Log-probability").click()
    shows(view, LOG)


def test_kernel_that_is_gone(view: Attribution, attribution_page: AttributionPage):
    place = "document.getElementById('place0').classList"
    attribution_page.page.evaluate(f"{place}.add('jupyter-widgets-disconnected')")
    expect(view.badge).to_be_visible()
    view.cell("L1.H2").click()
    expect(view.missing).to_have_text("L1.H2 had not come when the kernel went")
    attribution_page.page.evaluate(f"{place}.remove('jupyter-widgets-disconnected')")
    expect(view.sum).to_have_text(re.compile("= L1.H2 "))


def test_help_and_code(view: Attribution, attribution_page: AttributionPage):
    view.cell("L1.H2").focus()
    attribution_page.press("?")
    expect(view.root.locator(".vw-help")).to_be_visible()
    attribution_page.press("Escape", "Enter")
    attribution_page.page.evaluate("""() => {
      const writeText = async (text) => { window.copied = text; };
      Object.defineProperty(navigator, "clipboard", {value: {writeText}});
    }""")
    view.button("Copy as Python").click()
    code = '    component="L1.H2",\n    target=0,\n'
    assert attribution_page.page.evaluate("copied") == f"before\n{code}after\n"


DARK = "body { background: #161616; }"


@pytest.mark.parametrize(
    ("context_options", "style"),
    [
        ({"color_scheme": "light"}, ""),
        ({"color_scheme": "dark"}, DARK),
        ({"viewport": {"width": 360, "height": 800}}, ""),
        ({"viewport": {"width": 2560, "height": 1440}}, ""),
    ],
    ids=["light", "dark", "phone", "projector"],
)
@pytest.mark.parametrize("component", ["", "L1.H2", "L2.MLP"])
def test_axe_finds_nothing(
    attribution_page: AttributionPage,
    style: str,
    component: str,
    request: pytest.FixtureRequest,
):
    attribution_page.open(style=style)
    data = AttributionData(layers=6, heads=6, rows=8, columns=8)
    attribution_page.show(data, component=component, **DOG)
    page = attribution_page.page
    assert page.evaluate(OVERFLOW) == 0
    page.add_script_tag(path=AXE)
    assert page.evaluate(VIOLATIONS) == []
    SCREENSHOTS.mkdir(exist_ok=True)
    name = request.node.callspec.id
    page.screenshot(path=SCREENSHOTS / f"attribution-{name}.png", full_page=True)
