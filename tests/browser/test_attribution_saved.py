"""The bundled model's attribution, saved to disk and opened with no kernel."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING

import pytest
import torch
from playwright.sync_api import expect

import vitwidgets as vw
from tests.browser.attribution_data import AttributionData
from tests.browser.attribution_page import Attribution, number
from vitwidgets.widgets.logit_attribution import LogitAttribution

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

MODEL = vw.load_model()
SCENE = vw.images.sample("cat-and-dog")


def plain_logits() -> torch.Tensor:
    """Return what the plain module says, in double precision."""
    module = copy.deepcopy(MODEL.module).double()
    pixels = vw.images.prepare_image(SCENE, MODEL.preprocessing).pixels
    with torch.no_grad():
        return module(pixels.double())[0]


def near(value: float) -> set[str]:
    """Return what may be shown: the run that was saved was in float32."""
    return {number(value + slack) for slack in (-1e-4, 0, 1e-4)}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "attribution.html"
    view = LogitAttribution(MODEL, SCENE)
    view.to_html(path)
    view.close()
    return path


@pytest.fixture
def view(page: Page, saved: Path) -> Attribution:
    page.goto(saved.as_uri())
    return Attribution(page.locator(".vw-root"), AttributionData(layers=6))


def test_saved_page_opens_down_to_patches_and_neurons(view: Attribution):
    logits = plain_logits()
    best = int(logits.argmax())
    expect(view.quantity).to_have_text(f"logit of {MODEL.class_names[best]}")
    shown = view.value.inner_text()
    assert shown in near(float(logits[best]))
    expect(view.sum).to_have_text(f"sum {shown} = logit {shown}")
    for opened in ("L3.H2", "L5.MLP"):
        view.cell(opened).click()
        expect(view.sum).to_have_text(re.compile(rf"^sum (\S+) = {opened} \1$"))
    view.button("Log-probability").click()
    expect(view.quantity).to_have_text(re.compile("^log-probability of"))
    assert view.value.inner_text() in near(float(logits.log_softmax(-1)[best]))
    expect(view.button("Difference")).to_be_hidden()
