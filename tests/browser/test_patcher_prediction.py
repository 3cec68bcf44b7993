from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.attribution_data import NAMES
from tests.browser.attribution_page import MINUS
from tests.browser.patcher_data import CLEAN, PatcherData

if TYPE_CHECKING:
    from tests.browser.patcher_page import Patcher, PatcherPage

STREAM = "L0.resid_pre"


@pytest.fixture
def data() -> PatcherData:
    return PatcherData()


@pytest.fixture
def view(patcher_page: PatcherPage, data: PatcherData) -> Patcher:
    return patcher_page.show(data)


def share(probability: float) -> str:
    """Give a probability as the view does, for those over a tenth."""
    return f"{100 * probability:.0f}\N{NO-BREAK SPACE}%"


def says(logits: np.ndarray) -> str:
    shares = np.exp(logits.astype(float) - logits.max())
    shares /= shares.sum()
    return f"{NAMES[logits.argmax()]} {share(shares.max())}"


def headline(view: Patcher) -> str:
    """Return what can be seen of the headline."""
    return " ".join(re.split(r"[ \n]+", view.headline.inner_text().strip()))


def signed(value: float, decimals: int) -> str:
    """Give a number with its sign, but for what rounds to nothing."""
    text = f"{abs(value):.{decimals}f}"
    if float(text) == 0:
        return text
    return f"{'+' if value > 0 else MINUS}{text}"


def difference(wanted: str, *values: float) -> str:
    """Give the line that compares a wanted class with the cat, before and after."""
    numbers = " → ".join(signed(value, 3) for value in values)
    return f"logit {wanted} {MINUS} logit cat: {numbers}"


def test_nothing_is_asked_for_what_is_not_edited(
    view: Patcher, patcher_page: PatcherPage
):
    assert headline(view) == f"{says(np.array(CLEAN))} nothing is edited"
    expect(view.difference).to_have_text(difference("dog", -2.000))
    assert patcher_page.predicted() == []


def test_click_is_asked_for_at_once_and_painted_beside_the_old(
    view: Patcher, data: PatcherData, patcher_page: PatcherPage
):
    view.click(view.clean, 1, 2)
    edit = data.edit(STREAM, "(1,2)")
    asked = {name: value for name, value in edit.items() if name != "switch"}
    assert patcher_page.predicted() == [[asked]]
    assert patcher_page.saved_state() == {"interventions": [edit]}
    logits = data.logits([edit])
    expect(view.headline).to_contain_text(says(np.array(CLEAN)))
    expect(view.headline).to_contain_text(says(logits))
    before, now = (float(each[1] - each[0]) for each in (np.array(CLEAN), logits))
    expect(view.difference).to_have_text(difference("dog", before, now))
    name = NAMES[logits.argmax()]
    expect(view.status).to_contain_text(re.compile(rf"1 edit · .*{name}"))


def test_request_leaves_in_the_same_tick_as_the_click(
    view: Patcher, patcher_page: PatcherPage
):
    # Before the click's own handlers have returned, let alone the next frame.
    script = """() => {
      const {model} = tours[0];
      const send = model.send.bind(model);
      window.ticks = [];
      let inClick = false;
      model.send = (...given) => { ticks.push(inClick); send(...given); };
      addEventListener("pointerup", () => { inClick = true; }, {capture: true});
      addEventListener("pointerup", () => { inClick = false; });
    }"""
    patcher_page.page.evaluate(script)
    view.click(view.clean, 0, 0)
    assert patcher_page.page.evaluate("ticks") == [True]


def test_flip_is_said_in_words(patcher_page: PatcherPage, data: PatcherData):
    view = patcher_page.show(data, interventions=[data.edit(STREAM)])
    logits = data.logits([data.edit(STREAM)])
    assert logits.argmax() == 1  # the whole stream is the donor's
    assert headline(view).endswith(f"→ {says(logits)} Flipped to dog")
    expect(view.status).to_contain_text("flipped to dog")
    expect(view.status).to_contain_text("without edits it says cat")


def test_a_third_class_is_no_flip_to_the_wanted_one(
    patcher_page: PatcherPage, data: PatcherData
):
    edits = [data.edit(STREAM, source="boat")]
    view = patcher_page.show(data, interventions=edits)  # a dog is wanted
    sign = view.headline.locator(".vw-flip-sign")
    background = "(sign) => getComputedStyle(sign).backgroundColor"
    other = sign.evaluate(background)
    expect(sign).to_have_text("Changed, but not to dog")
    expect(view.status).to_contain_text("the model says catamaran")
    patcher_page.assign(target=NAMES.index("catamaran"))
    expect(sign).to_have_text("Flipped to catamaran")
    assert sign.evaluate(background) != other
    patcher_page.assign(target=NAMES.index("cat"))
    expect(sign).to_have_text("Changed: no longer cat")
    assert sign.evaluate(background) == other


def test_table_has_each_class_with_its_probability_and_change(
    patcher_page: PatcherPage, data: PatcherData
):
    edits = [data.edit("L1.H2"), data.edit("L2.MLP", "cls", strength=0.5)]
    view = patcher_page.show(data, interventions=edits)
    now, before = data.probabilities(edits), data.probabilities([])
    rows = [row.inner_text().split() for row in view.rows.all()[1:]]
    order = np.argsort(-now)
    assert [" ".join(row[:-3]) for row in rows] == [NAMES[at] for at in order]
    change = [signed(100 * (now - before)[at], 1) for at in order]
    assert [row[-1] for row in rows] == change


def test_undo_comes_back_without_asking_again(view: Patcher, patcher_page: PatcherPage):
    before = headline(view)
    view.click(view.clean, 0, 1)
    expect(view.headline).not_to_contain_text("nothing is edited")
    after = headline(view)
    patcher_page.press("Control+z")
    assert headline(view) == before
    patcher_page.press("Control+Shift+z")
    assert headline(view) == after
    assert len(patcher_page.predicted()) == 1


def test_of_many_clicks_the_newest_is_shown_and_those_passed_are_not_asked_for(
    view: Patcher, data: PatcherData, patcher_page: PatcherPage
):
    clicks = """() => {
      const {model} = tours[0];
      const edit = (head) => ({address: `L1.H${head}`, tokens: [], kind: "zero",
        strength: 1, source: "", seed: 0, switch: "on"});
      for (const head of [0, 1, 2, 3]) model.assign({interventions: [edit(head)]});
    }"""
    patcher_page.page.evaluate(clicks)
    patcher_page.settle()
    asked = [edits[0]["address"] for edits in patcher_page.predicted()]
    assert asked == ["L1.H0", "L1.H3"]
    logits = data.logits([data.edit("L1.H3", kind="zero", source="")])
    expect(view.headline).to_contain_text(says(logits))


def test_edits_that_a_saved_page_lacks_say_so_and_the_old_numbers_are_marked(
    view: Patcher, patcher_page: PatcherPage
):
    before = view.rows.all_inner_texts()
    patcher_page.answer = lambda _request: {"result": {}, "arrays": []}
    view.click(view.clean, 1, 1)
    missing = view.prediction.locator(".vw-missing")
    expect(missing).to_contain_text("This saved page holds single clicks")
    expect(missing).to_contain_text("not of these edits")
    expect(view.prediction).to_have_attribute("aria-busy", "false")
    assert view.rows.all_inner_texts() == before
    expect(view.alert).to_be_hidden()


def test_failure_is_said_and_leaves_the_edits_to_be_undone(
    view: Patcher, data: PatcherData, patcher_page: PatcherPage
):
    data.failures["predict"] = "the model is gone"
    view.click(view.clean, 1, 1)
    expect(view.alert).to_have_text(
        "The new prediction can't be had: the model is gone"
    )
    expect(view.prediction.locator(".vw-missing")).to_contain_text("the model is gone")
    patcher_page.press("Control+z")
    expect(view.prediction.locator(".vw-missing")).to_be_hidden()
    expect(view.headline).to_contain_text("nothing is edited")


def test_damaged_answer_is_no_prediction(view: Patcher, patcher_page: PatcherPage):
    patcher_page.answer = lambda _request: {
        "result": {},
        "arrays": [
            {"name": "logits", "dtype": "float32", "shape": [1], "data": "AAAAAA=="}
        ],
    }
    view.click(view.clean, 1, 1)
    expect(view.alert).to_contain_text("logits has 1 numbers, not 5")


def test_wanted_class_may_be_another_than_the_donors(
    view: Patcher, patcher_page: PatcherPage
):
    view.target.click()
    patcher_page.page.keyboard.type("catamaran")
    patcher_page.press("Enter")
    expect(view.difference).to_have_text(difference("catamaran", -4.000))
    assert patcher_page.saved_state() == {"target": 4}
    view.button("As donor").click()
    expect(view.difference).to_have_text(difference("dog", -2.000))
    patcher_page.assign(target=0)
    expect(view.difference).to_contain_text("shows cat already")


def test_state_that_cannot_be_shown_is_refused_with_the_reason(
    view: Patcher, data: PatcherData, patcher_page: PatcherPage
):
    patcher_page.assign(interventions=[data.edit("L9.H0")])
    expect(view.alert).to_contain_text("L9.H0 doesn't exist on this model")
    expect(view.headline).to_contain_text("nothing is edited")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"source": "cow"}, "donor must be dog or boat, not cow"),
        ({"n_tokens": 7}, "n_tokens is 7"),
    ],
)
def test_view_that_cannot_open_says_why(
    patcher_page: PatcherPage, data: PatcherData, changes: dict[str, Any], why: str
):
    script = "(state) => addTour(document.getElementById('place0'), state)"
    patcher_page.page.evaluate(script, data.state(**changes))
    alert = patcher_page.page.get_by_role("alert")
    expect(alert).to_contain_text(f"Click to patch can't be shown: {why}")


def test_new_donor_can_be_chosen_at_once(
    view: Patcher, data: PatcherData, patcher_page: PatcherPage
):
    more = PatcherData(donor_logits={**data.donor_logits, "cow": [0, 0, 0, 6, 0]})
    patcher_page.assign(donors=more.state()["donors"])
    view.button("cow").click()
    expect(view.difference).to_have_text(difference("cow", -3.500))


def test_leaving_releases_everything(view: Patcher, patcher_page: PatcherPage):
    view.click(view.clean, 1, 1)
    page = patcher_page.page
    assert page.evaluate("tours[0].model.listenerCount") > 0
    page.evaluate("tours[0].leave()")
    assert page.evaluate("tours[0].model.listenerCount") == 0
    expect(view.root).to_have_count(0)


def test_kernel_that_goes_leaves_the_old_numbers_and_says_so(
    view: Patcher, patcher_page: PatcherPage
):
    before = view.rows.all_inner_texts()
    place = "document.getElementById('place0').classList"
    patcher_page.page.evaluate(f"{place}.add('jupyter-widgets-disconnected')")
    view.click(view.clean, 1, 1)
    missing = view.prediction.locator(".vw-missing")
    expect(missing).to_contain_text("The kernel went before the new prediction came")
    assert view.rows.all_inner_texts() == before
    patcher_page.page.evaluate(f"{place}.remove('jupyter-widgets-disconnected')")
    expect(missing).to_be_hidden()
    expect(view.status).to_contain_text("1 edit")


def test_while_a_prediction_is_awaited_the_old_one_is_dimmed(
    view: Patcher, patcher_page: PatcherPage
):
    patcher_page.answer = lambda _request: None
    view.click(view.clean, 1, 1)
    expect(view.prediction).to_have_attribute("aria-busy", "true")
    expect(view.prediction.locator(".vw-shown")).to_have_css("opacity", "0.45")
    expect(view.badge).to_contain_text("waiting for the kernel: the new prediction")


def test_proof_is_a_click_away(view: Patcher):
    view.prediction.get_by_role("button", name="Proof").click()
    tab = view.root.get_by_role("tab", name="Proof")
    expect(tab).to_have_attribute("aria-selected", "true")
