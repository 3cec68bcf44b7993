"""What is alive in a kernel, its memory, and freeing it."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import __main__
from tests.unit.widgets.small_classifier import PICTURE, make
from vitwidgets import AttentionHeadTour
from vitwidgets.images import prepare_image
from vitwidgets.widgets.alive import Alive, alive, free
from vitwidgets.widgets.reachable import reached_from

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import nn


@pytest.fixture(autouse=True, scope="module")
def fresh_kernel() -> Iterator[None]:
    """A kernel in which no test was before: what those left is not looked at."""
    gc.collect()
    gc.freeze()  # the collector names no more what is there now
    yield
    gc.unfreeze()


@pytest.fixture
def notebook() -> Iterator[dict[str, Any]]:
    """The variables of a notebook; those that a test makes go away after it."""
    names = vars(__main__)
    before = dict(names)
    yield names
    for name in names.keys() - before.keys():
        del names[name]


def entry_of(variable: str) -> Alive:
    [found] = [each for each in alive() if variable in each.variables]
    return found


def weight_bytes(module: nn.Module) -> int:
    tensors = [*module.parameters(), *module.buffers()]
    return sum(each.numel() * each.element_size() for each in tensors)


def test_a_model_a_cache_and_a_view_are_listed(notebook: dict[str, Any]) -> None:
    notebook["vit"] = make(depth=3)
    pixels = prepare_image(PICTURE, notebook["vit"].preprocessing).pixels
    _, notebook["kept"] = notebook["vit"].run_with_cache(pixels)
    notebook["view"] = notebook["same"] = AttentionHeadTour(notebook["vit"], PICTURE)

    model, cache, view = map(entry_of, ("vit", "kept", "view"))
    assert [each.kind for each in (model, cache, view)] == ["model", "cache", "view"]
    assert model.nbytes == weight_bytes(notebook["vit"].module)
    assert "view" in model.used_by
    values = {v.untyped_storage().data_ptr(): v for v in notebook["kept"].values()}
    held = sum(each.untyped_storage().nbytes() for each in values.values())
    assert 0 < cache.nbytes <= held + pixels.nbytes
    assert view.variables == ("view", "same")
    assert view.view == notebook["view"].model_id
    state = [getattr(notebook["view"], name) for name in notebook["view"].keys]
    sent = sum(each.nbytes for each in state if isinstance(each, np.ndarray))
    assert 0 < sent <= view.nbytes < sent + 100_000
    free(view.key)


def test_freed_in_the_order_of_use(notebook: dict[str, Any]) -> None:
    notebook["vit"] = make(depth=1)
    notebook["view"] = AttentionHeadTour(notebook["vit"], PICTURE)
    notebook["_oh"] = {3: notebook["view"]}
    notebook["_3"] = notebook["view"]
    model, view = entry_of("vit"), entry_of("view")

    with pytest.raises(ValueError, match="is used by view: free that first"):
        free(model.key)
    assert notebook["vit"]
    reference = weakref.ref(notebook["view"])
    assert view.key not in [each["key"] for each in free(view.key)]
    assert reference() is None
    assert "view" not in notebook
    assert "_3" not in notebook
    assert notebook["_oh"] == {}
    assert model.key not in [each["key"] for each in free(model.key)]
    assert "vit" not in notebook
    with pytest.raises(ValueError, match="no longer alive"):
        free(model.key)


def test_what_a_list_holds_is_said_to_be_held(notebook: dict[str, Any]) -> None:
    notebook["vit"] = make(depth=1)
    mine = [notebook["vit"]]
    with pytest.raises(ValueError, match="no variable of the notebook holds"):
        free(entry_of("vit").key)
    assert "vit" not in notebook
    assert mine.pop().config.n_layers == 1


def test_a_closed_view_is_not_listed(notebook: dict[str, Any]) -> None:
    notebook["view"] = AttentionHeadTour(make(), PICTURE)
    notebook["view"].close()
    assert [each for each in alive() if "view" in each.variables] == []


def test_what_is_shared_counts_once_and_cycles_end() -> None:
    block = bytes(1000)
    ring: list[object] = [block, {"again": block}]
    ring.append(ring)
    found = reached_from(ring, set(), without=set())
    assert sum(found.sizes.values()) == len(block)
    assert reached_from(ring, {id(block)}, without=set()).met == {id(block)}
    assert reached_from(ring, set(), without={id(block)}).sizes == {}
    gc.collect()
