from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.patcher_data import PatcherData

if TYPE_CHECKING:
    from tests.browser.patcher_page import Patcher, PatcherPage

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SCREENSHOTS = ROOT / "tests" / "screenshots"
VIOLATIONS = """async () => (await axe.run("main")).violations
  .map(({id, nodes}) => id + ": " + nodes.map(({html}) => html.slice(0, 120)).join())"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def data() -> PatcherData:
    return PatcherData()


@pytest.fixture
def view(patcher_page: PatcherPage, data: PatcherData) -> Patcher:
    return patcher_page.show(data)


def test_next_edit_has_the_kind_strength_and_donor_that_are_set(
    view: Patcher, patcher_page: PatcherPage
):
    view.button("boat").click()
    view.button("Steer").click()
    expect(view.strength).not_to_have_attribute(
        "max", "1"
    )  # its range comes a frame later
    view.strength.fill("2.5")
    view.click(view.clean, 0, 0)
    (edit,) = patcher_page.saved["interventions"]
    assert edit == view.data.edit(
        "L0.resid_pre", "(0,0)", kind="steer", strength=2.5, source="boat"
    )
    view.button("Zero").click()
    view.click(view.clean, 0, 1)
    edit = patcher_page.saved["interventions"][1]
    assert (edit["kind"], edit["source"]) == ("zero", "")


def test_strength_comes_within_what_a_kind_can_have_in_the_same_act(
    view: Patcher, patcher_page: PatcherPage
):
    view.button("Steer").click()
    view.strength.fill("-3")
    view.button("Noise").click()
    patcher_page.settle()
    assert patcher_page.saved["strength"] == 0
    patcher_page.press("Control+z")
    assert (patcher_page.saved["kind"], patcher_page.saved["strength"]) == ("steer", -3)
    for kind, limits in (("Patch", ("0", "1")), ("Noise", ("0", "3"))):
        view.button(kind).click()
        patcher_page.settle()
        assert (
            view.strength.get_attribute("min"),
            view.strength.get_attribute("max"),
        ) == limits


def test_only_what_the_model_has_is_offered(patcher_page: PatcherPage):
    data = PatcherData(available=["resid_pre", "mlp_out", "z"])
    view = patcher_page.show(data)
    sites = view.root.get_by_role("group", name="Patches are edited at")
    expect(sites.get_by_role("button")).to_have_text(["Stream in", "MLP"])


def test_single_donor_is_no_choice(patcher_page: PatcherPage):
    view = patcher_page.show(PatcherData(donor_logits={"dog": [0, 4, 0, 0, 0]}))
    expect(view.root.get_by_role("group", name="Donor", exact=True)).to_be_hidden()


def test_remove_all_is_one_act_that_can_be_undone(
    patcher_page: PatcherPage, data: PatcherData
):
    edits = [data.edit("L1.H0"), data.edit("L2.MLP", "cls")]
    view = patcher_page.show(data, interventions=edits)
    remove = view.button("Remove all")
    remove.click()
    patcher_page.settle()
    assert patcher_page.saved["interventions"] == []
    expect(view.headline).to_contain_text("nothing is edited")
    expect(remove).to_have_attribute("aria-disabled", "true")
    patcher_page.press("Control+z")
    assert patcher_page.saved["interventions"] == edits


def test_letters_do_what_the_help_says(view: Patcher, patcher_page: PatcherPage):
    view.clean.focus()
    patcher_page.press("k", "d", "s", "]", "g", "h")
    saved = patcher_page.saved
    names = ("kind", "source", "site", "layer")
    assert [saved[name] for name in names] == ["zero", "boat", "resid_mid", 1]
    for name in ("Brush", "Heat"):
        expect(view.button(name)).to_have_attribute("aria-pressed", "true")
    patcher_page.press("[", "[")
    assert saved["layer"] == 0
    patcher_page.press("c")
    expect(view.target).to_be_focused()
    patcher_page.page.keyboard.type("cow")  # typed, not obeyed
    assert saved["kind"] == "zero"


def test_history_names_what_was_edited(view: Patcher, patcher_page: PatcherPage):
    view.click(view.clean, 0, 0)
    expect(view.button("Undo: edit L0.resid_pre")).to_be_visible()
    acts = [(act["verb"], act["address"]) for act in patcher_page.saved["history"]]
    assert acts == [("edit", "L0.resid_pre")]


def test_copied_python_names_the_edits(view: Patcher, patcher_page: PatcherPage):
    view.click(view.clean, 0, 0)
    page = patcher_page.page
    page.evaluate("navigator.clipboard.writeText = async (text) => {copied = text}")
    view.button("Copy as Python").click()
    text = page.evaluate("copied")
    lines = text.splitlines()
    assert lines[0] == "before"
    assert lines[-1] == "after"
    at = lines.index("    interventions=[")
    assert lines[at + 2] == "    ],"
    record = json.loads(lines[at + 1].strip().removesuffix(","))
    wanted = view.data.edit("L0.resid_pre", "(0,0)")
    assert list(record.items()) == list(wanted.items())  # in the kernel's order
    assert '    source="dog",' in lines


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_amiss_for_assistive_technology(
    patcher_page: PatcherPage, data: PatcherData, scheme: str
):
    page = patcher_page.page
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    edits = [data.edit("L1.H0"), data.edit("L0.resid_pre", "(1,1)", "(1,2)")]
    view = patcher_page.show(data, interventions=edits)
    view.button("Heat").click()
    view.button("Help").click()
    page.add_script_tag(path=str(AXE))
    assert page.evaluate(VIOLATIONS) == []
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"patcher_{scheme}.png", full_page=True)


@pytest.mark.parametrize("width", [320, 390, 768, 1300, 2560])
def test_view_fits_from_phone_to_projector(
    patcher_page: PatcherPage, data: PatcherData, width: int
):
    page = patcher_page.page
    page.set_viewport_size({"width": width, "height": 900})
    edits = [data.edit("L1.H0"), data.edit("L0.resid_pre", "(1,1)", "(1,2)")]
    patcher_page.show(data, interventions=edits)
    assert page.evaluate(OVERFLOW) <= 0
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"patcher_{width}.png", full_page=True)


def test_the_layer_stands_beside_the_place_in_it(view: Patcher):
    layer = view.root.get_by_role("combobox", name="Layer").bounding_box()
    site = view.button("MLP").bounding_box()
    assert layer
    assert site
    assert abs(layer["y"] + layer["height"] / 2 - site["y"] - site["height"] / 2) < 2
    assert 0 < layer["x"] - site["x"] - site["width"] < 60


@pytest.mark.parametrize(
    "context_options", [{"viewport": {"width": 336, "height": 900}}]
)
def test_nothing_is_cut_in_a_narrow_place(patcher_page: PatcherPage):
    data = PatcherData(
        heads=16,
        columns=14,
        name="vit_base_patch16_224.augreg2_in21k_ft_in1k",
        donor_logits={"golden-retriever-on-a-beach-at-night": [1.0, 4.0, 1.5, 0, 0]},
    )
    view = patcher_page.show(data, interventions=[data.edit("L2.resid_mid", "cls")])
    wide = "(root) => root.scrollWidth - root.clientWidth"
    assert view.root.evaluate(wide) == 0
    view.target.click()
    listed = view.root.get_by_role("listbox", name="Wanted class")
    expect(listed.get_by_role("option").first).to_be_visible()
    assert view.root.evaluate(wide) == 0
