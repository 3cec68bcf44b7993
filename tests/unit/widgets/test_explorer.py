from __future__ import annotations

import pytest

from vitwidgets.widgets import explorer


def test_a_view_that_was_not_built_says_how_to_build_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr(explorer, "STATIC", tmp_path)
    with pytest.raises(ImportError, match=r"tour\.js has not been built.*build:views"):
        explorer.built("tour.js")
