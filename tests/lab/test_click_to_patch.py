"""Click-to-patch in JupyterLab: a real kernel, and the plain model with hooks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.lab.emoji_vit import LAYERS, SIDE
from tests.lab.lens_view import VIOLATIONS, emoji_notebook
from tests.lab.patcher_view import (
    EmojiVitRuns,
    PatcherNotebook,
    fresh_patcher,
)
from tests.lab.test_looks import AXE, change_theme
from tests.lab.watched_page import SCREENSHOTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator

    from tests.lab.jupyterlab import Lab, Notebook

pytestmark = pytest.mark.lab

FLIP = ((3, 0), (5, 3), (3, 2))
"""Heads of the dog's picture that together make a dog of the cat."""
CELLS = LAYERS * (1 + SIDE**2)

# What a careless person, or a fault of the package, would do between two predictions.
LEFT_BEHIND = (
    "left = model.module.blocks[2].register_forward_hook(lambda *_: None)",
    "left.remove()",
)
DROPPED = (
    """
resume = type(model).resume
type(model).resume = lambda self, cache, start, fwd_hooks=(): resume(
    self, cache, start, fwd_hooks=fwd_hooks[:-1]
)
""",
    "type(model).resume = resume",
)
# Every run of long work takes some time, so that there is time for a person; and after
# some of them so much that no machine is through before that person is.
SLOWED = (
    """
import itertools
import time
from vitwidgets.widgets.patcher.jobs import Job

go_on, calls = Job.go_on, itertools.count()
Job.go_on = lambda *given: (
    time.sleep(0.03 if next(calls) < 20 else 1), go_on(*given)
)[1]
""",
    "Job.go_on = go_on",
)
IDLE = {"kind": "", "done": 0, "total": 0, "seconds_left": -1}
HOOKS = (
    "sum(len(part._forward_hooks) + len(part._forward_pre_hooks)"
    " for part in model.module.modules())"
)


@pytest.fixture(scope="module")
def data() -> EmojiVitRuns:
    return EmojiVitRuns()


@pytest.fixture(scope="module")
def patcher_notebook(session_lab: Lab) -> Iterator[Notebook]:
    notebook = emoji_notebook(session_lab, "patcher.ipynb")
    yield notebook
    notebook.close()


@pytest.fixture
def opened(lab: Lab, patcher_notebook: Notebook, data: EmojiVitRuns) -> PatcherNotebook:
    notebook = lab.open(patcher_notebook.path)
    return fresh_patcher(notebook, data)


@pytest.fixture
def slow(opened: PatcherNotebook) -> Iterator[PatcherNotebook]:
    """Return a view of all tokens, whose sweeps are slow."""
    slow, fast = SLOWED
    opened.view.button("Tokens").click()
    opened.state(grid_shown="tokens")
    expect(opened.heads.strongest).to_contain_text("approximation")
    opened.notebook.ask(slow)
    try:
        yield opened
    finally:
        opened.notebook.ask(fast)


def findings(opened: PatcherNotebook, tab: str) -> Locator:
    """Open a tab of the findings; return what is in it."""
    found = opened.view.root.get_by_role("group", name="How sure is it?")
    found.get_by_role("tab", name=tab).click()
    return found.get_by_role("tabpanel")


def expect_proved(opened: PatcherNotebook) -> None:
    opened.view.prediction.get_by_role("button", name="Proof").click()
    verdict = findings(opened, "Proof").locator("p.vw-verdict")
    expect(verdict).to_contain_text("Proved: ")


def test_three_heads_make_a_dog_of_the_cat(opened: PatcherNotebook, lab: Lab) -> None:
    view, data = opened.view, opened.data
    opened.expect_logits(data.logits())
    expect(view.headline).to_contain_text("nothing is edited")
    for count, (layer, head) in enumerate(FLIP, 1):
        opened.heads.click(layer, head)
        opened.expect_logits(data.logits(FLIP[:count]))
    expect(view.headline).to_contain_text("Flipped")
    expect(view.status).to_contain_text(re.compile("3 edits · flipped to dog, 74"))
    opened.addresses("L3.H0", "L5.H3", "L3.H2")
    logits = data.logits(FLIP).softmax(-1)
    assert opened.notebook.value("max(view.prediction.probabilities.tolist())") == (
        pytest.approx(float(logits.max()), abs=1e-5)
    )
    lab.screenshot("patch-flipped")

    row = view.root.get_by_role("listitem", name="Edit of L5.H3")
    row.get_by_role("switch").click()
    opened.expect_logits(data.logits([FLIP[0], FLIP[2]]))
    expect(view.headline).to_contain_text("not flipped")
    view.root.get_by_role("button", name="Undo").click()
    opened.expect_logits(data.logits(FLIP))
    opened.notebook.ask("view.undo()")
    opened.expect_logits(data.logits(FLIP[:2]))
    opened.heads.click(*FLIP[0])  # again: taken away
    opened.expect_logits(data.logits([FLIP[1]]))


def test_patches_are_clicked_and_brushed(opened: PatcherNotebook, lab: Lab) -> None:
    view, data = opened.view, opened.data
    opened.notebook.ask("view.layer = 2")
    view.click(view.clean, 3, 2)
    opened.expect_logits(data.logits(patches=[(2, 3, 2)]))
    view.button("Brush").click()
    view.drag(view.donor, (4, 1), (4, 2), (4, 3))
    chosen = [(2, 3, 2), (2, 4, 1), (2, 4, 2), (2, 4, 3)]
    opened.expect_logits(data.logits(patches=chosen))
    opened.addresses("L2.resid_pre")
    opened.heads.click(3, 0)
    opened.expect_logits(data.logits([(3, 0)], chosen))
    lab.screenshot("patch-brushed")
    view.root.get_by_role("button", name="Remove all").click()
    opened.expect_logits(data.logits())


@pytest.mark.parametrize(
    ("mutation", "sentence"),
    [
        (LEFT_BEHIND, "a hook in _forward_hooks of blocks.2 is still there"),
        (DROPPED, "The edit of L5.H3 did not act."),
    ],
    ids=["left", "dropped"],
)
def test_a_mutation_in_the_kernel_turns_the_proof_red(
    opened: PatcherNotebook, lab: Lab, mutation: tuple[str, str], sentence: str
) -> None:
    opened.heads.click(3, 0)
    expect_proved(opened)
    do, undo = mutation
    opened.notebook.ask(do)
    try:
        opened.heads.click(5, 3)
        proof = findings(opened, "Proof")
        expect(proof.locator("p.vw-verdict")).to_have_text("NOT proved")
        expect(proof).to_contain_text(sentence)
        lab.screenshot("patch-not-proved")
    finally:
        opened.notebook.ask(undo)
    opened.heads.click(3, 2)
    expect_proved(opened)
    opened.expect_logits(opened.data.logits(FLIP))


def test_a_click_is_answered_while_a_sweep_runs_until_it_is_cancelled(
    slow: PatcherNotebook, lab: Lab
) -> None:
    grids = slow.heads
    found = grids.root.locator(".vw-sweep-found")
    grids.start.click()
    expect(found).to_contain_text(re.compile(rf"[1-9]\d* of {CELLS} exact"))
    view = slow.view
    view.click(view.clean, 3, 2)
    slow.expect_logits(slow.data.logits(patches=[(0, 3, 2)]))
    expect(grids.progress).to_be_visible()
    lab.screenshot("patch-sweep")
    grids.cancel.click()
    expect(grids.progress).to_be_hidden()
    slow.state(task=IDLE)
    exact = slow.notebook.value(
        "int((view.sweep['values'] == view.sweep['values']).sum())"
    )
    assert 0 < exact < CELLS
    expect(found).to_contain_text(f"{exact} of {CELLS} exact")
    assert slow.notebook.value(HOOKS) == 0
    expect_proved(slow)


def test_an_interrupt_in_the_middle_of_a_sweep_leaves_all_as_it_was(
    slow: PatcherNotebook, lab: Lab
) -> None:
    view = slow.view
    view.click(view.clean, 3, 2)
    slow.expect_logits(slow.data.logits(patches=[(0, 3, 2)]))
    before = slow.notebook.value("[view.interventions, len(view.history)]")
    slow.notebook.run_cell(2, "view.run_sweep()", wait=False)
    expect(slow.heads.progress).to_be_visible()
    lab.command("notebook:interrupt-kernel")
    expect(slow.heads.progress).to_be_hidden()
    lab.open(slow.notebook.path)  # waits until the kernel is idle
    slow.state(task=IDLE)
    (error,) = slow.notebook.errors()
    assert error.startswith("KeyboardInterrupt")
    assert slow.notebook.value("[view.interventions, len(view.history)]") == before
    assert slow.notebook.value(HOOKS) == 0
    view.click(view.clean, 4, 4)
    slow.expect_logits(slow.data.logits(patches=[(0, 3, 2), (0, 4, 4)]))
    expect_proved(slow)
    slow.notebook.ask(SLOWED[1])
    slow.notebook.run_cell(2, "sweep = view.run_sweep()")
    assert slow.notebook.errors() == []
    assert slow.notebook.value("sweep.done") == CELLS


def test_the_smallest_flip_its_steps_its_controls_and_its_replay(
    opened: PatcherNotebook, lab: Lab
) -> None:
    view, data = opened.view, opened.data
    flip = findings(opened, "Smallest flip")
    flip.get_by_role("button", name="make it dog").click()
    expect(flip).to_contain_text("3 heads are enough: dog is ahead by 1.394")
    steps = flip.get_by_role("list", name="Smallest flip").get_by_role("button")
    expect(steps).to_have_count(4)
    for count in (1, 3):
        steps.nth(count).click()
        opened.expect_logits(data.logits(FLIP[:count]))
    lab.screenshot("patch-smallest-flip")

    controls = findings(opened, "Controls")
    controls.get_by_role("button", name="Run the controls").click()
    expect(controls.get_by_role("rowheader")).to_have_count(7)
    expect(controls).to_contain_text("bit for bit unchanged")
    lab.screenshot("patch-controls")

    replay = findings(opened, "Replay")
    replay.get_by_role("button", name="Replay").click()
    expect(replay).to_contain_text(re.compile(r"flips \d+ of \d+ \("))
    opened.addresses("L3.H0", "L5.H3", "L3.H2")
    view.root.get_by_role("button", name="Undo").click()
    opened.expect_logits(data.logits(FLIP[:1]))


def test_donors_that_can_not_be_used_are_named(
    opened: PatcherNotebook, lab: Lab
) -> None:
    notebook, view = opened.notebook, opened.view
    notebook.run_cell(
        2, "view.add_donor(model.run_with_cache(view.runs.pixels)[1], 'a run')"
    )
    (error,) = notebook.errors()
    assert error.startswith("ImageError: ")
    assert "is not an image" in error
    # An image of any size is made the model's: another size is no error.
    notebook.run_cell(
        2,
        "view.add_donor(vw.images.sample('dog-alone').image.resize((31, 90)), 'wide')\n"
        "view.add_donor(vw.images.sample('cat-alone'))",
    )
    assert notebook.errors() == []
    view.button("cat-alone").click()
    opened.state(source="cat-alone")
    expect(view.difference).to_contain_text(
        "The clean image shows cat already: choose another wanted class"
    )
    flip = findings(opened, "Smallest flip")
    expect(flip).to_contain_text("The clean image shows cat already")
    lab.screenshot("patch-same-class")
    view.target.fill("dog")
    view.target.press("Enter")
    opened.expect_logits(opened.data.logits())


def test_a_saved_page_answers_single_clicks(
    opened: PatcherNotebook, lab: Lab, chromium: Browser
) -> None:
    data = opened.data
    opened.notebook.ask("view.to_html('patch.html')")
    page = chromium.new_page(viewport={"width": 1400, "height": 1300})
    try:
        page.goto((lab.root / "patch.html").as_uri())
        saved = PatcherNotebook(
            opened.notebook, type(opened.view)(page.locator(".vw-root"), data), data
        )
        saved.expect_logits(data.logits())
        saved.heads.click(3, 0)
        saved.expect_logits(data.logits([(3, 0)]))
        saved.heads.click(5, 3)
        expect(saved.view.prediction).to_contain_text("run the notebook for this")
        page.screenshot(path=SCREENSHOTS / "lab-patch-saved.png")
        saved.heads.click(3, 0)
        saved.expect_logits(data.logits([(5, 3)]))
        saved.heads.click(5, 3)
        saved.view.click(saved.view.clean, 3, 2)
        saved.expect_logits(data.logits(patches=[(0, 3, 2)]))
    finally:
        page.close()


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_axe_finds_nothing_in_both_themes(
    opened: PatcherNotebook, lab: Lab, theme: str
) -> None:
    change_theme(lab, theme)
    try:
        for place in FLIP:
            opened.heads.click(*place)
        expect_proved(opened)
        lab.screenshot(f"patch-{theme.lower()}")
        lab.page.add_script_tag(path=AXE)
        assert opened.view.root.evaluate(VIOLATIONS) == []
    finally:
        change_theme(lab, "Light")
