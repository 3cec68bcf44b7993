"""The benchmarks that need a JupyterLab, at their smallest size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks import click_to_patch, cold_lab
from tests.benchmark_rows import expect_rows
from tests.lab.jupyterlab import Lab

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def own_page(session_lab: Lab, chromium: Browser) -> Iterator[Lab]:
    """A page for what they leave in one, of the server that all tests have."""
    page = chromium.new_page(viewport=click_to_patch.VIEWPORT)
    yield Lab(page, session_lab.url, session_lab.root)
    page.close()


def test_clicks_are_timed(own_page: Lab):
    expect_rows(click_to_patch.rows_in(own_page, 2))


def test_what_is_waited_for_is_shown(own_page: Lab):
    cold_lab.show(own_page, cold_lab.OURS).close()


@pytest.mark.parametrize(("extra", "is_met"), [(2.9, True), (3.1, False)])
def test_the_budget_is_of_what_is_added(extra: float, is_met: bool):
    row = cold_lab.row([10.0] * 3, [10.0 + extra] * 3)
    expect_rows([row])
    assert row.met is is_met
    assert f"({extra:+.2f} s)" in row.ours
