"""A published site, opened from disk in Firefox: the views are painted and compute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import vitwidgets as vw
from tests.browser.firefox import Firefox, executable, running
from tests.unit.widgets.small_classifier import MODEL, PICTURE
from tests.unit.widgets.small_patcher import edit, on, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vitwidgets.publishing import PublishedSite

STATUS = "return document.querySelector('#view .vw-status')?.textContent"
COLOURS = """
return Math.max(0, ...[...document.querySelectorAll("#view canvas")].map((canvas) => {
  const { width, height } = canvas;
  if (!width || !height) return 0;
  const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  return new Set(new Uint32Array(pixels.buffer)).size;
}));
"""
SHARE = """
const bar = document.querySelector("#view tbody tr:not([hidden]) .vw-bar-now");
const isBusy = document.querySelector("#view [aria-busy=true]");
return isBusy ? "" : parseFloat(bar?.style.width) / 100;
"""
ALERTS = """
return [...document.querySelectorAll("#view [role=alert]")]
  .filter((each) => each.checkVisibility()).map((each) => each.textContent).join();
"""


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    path = executable()
    if path is None:
        pytest.skip("there is no Firefox: install firefox-esr, or set VW_FIREFOX")
    with running(path, tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> PublishedSite:
    edited = opened(interventions=on(edit("L0.H1", kind="zero")))
    views = [vw.AttentionHeadTour(MODEL, PICTURE), edited]
    return vw.publish(tmp_path_factory.mktemp("published") / "site", views)


def test_a_view_is_painted(firefox: Firefox, site: PublishedSite):
    firefox.open(site.pages[0].path.as_uri())
    assert firefox.wait_for(STATUS)
    few = 8  # of nothing but paper and lines
    assert firefox.wait_for(COLOURS) > few
    assert firefox.evaluate(ALERTS) == ""


def test_the_model_is_computed_as_by_pytorch(firefox: Firefox, site: PublishedSite):
    firefox.open(site.pages[1].path.as_uri())
    assert "1 edit" in firefox.wait_for(STATUS)
    share = firefox.wait_for(SHARE)
    edited = opened(interventions=on(edit("L0.H1", kind="zero")))
    assert share == pytest.approx(
        float(edited.prediction.probabilities.max()), abs=1e-4
    )
    assert firefox.evaluate(ALERTS) == ""
