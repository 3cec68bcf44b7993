from __future__ import annotations

import gc
import weakref

import pytest

import vitwidgets as vw
from vitwidgets.widgets import explorer


def test_a_view_that_was_not_built_says_how_to_build_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr(explorer, "STATIC", tmp_path)
    with pytest.raises(ImportError, match=r"tour\.js has not been built.*build:views"):
        explorer.built("tour.js")


def test_a_closed_view_is_freed_with_its_model() -> None:
    model = vw.load_model()
    view = vw.AttentionHeadTour(model, vw.images.sample("cat-alone"))
    left = [weakref.ref(view), weakref.ref(model)]
    view.close()
    del view, model
    gc.collect()
    assert [each() for each in left] == [None, None]
