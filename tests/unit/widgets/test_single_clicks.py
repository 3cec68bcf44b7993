"""Predictions of single clicks, several at a time, against full runs of each alone."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.unit.widgets.small_classifier import HEADS, LAYERS, MODEL, TOKENS, make
from tests.unit.widgets.small_patcher import CLEAN, DONOR, REFERENCE, opened, pixels_of
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import StaleCacheError
from vitwidgets.widgets import ClickToPatch
from vitwidgets.widgets.patcher.single_clicks import predicted_together, single_clicks

KINDS = ("patch", "zero", "mean", "resample", "noise", "steer")
SITES = ("resid_pre", "resid_mid", "resid_post", "attn_out", "mlp_out")


def assert_as_alone(view: ClickToPatch, edits: list[dict[str, Any]]) -> None:
    found = list(predicted_together(view.runs, edits))
    assert [edit for edit, _ in found] == edits
    pixels = pixels_of(CLEAN)
    for edit, logits in found:
        made, sources = view.runs.compiled([edit])
        with torch.no_grad(), view.model.with_interventions(made, sources) as model:
            wanted = model(pixels)[0]
        torch.testing.assert_close(logits, wanted, rtol=0, atol=2e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_on_heads_and_tokens(kind: str) -> None:
    view = opened(kind=kind, strength=0.5, layer=1)
    heads, tokens = single_clicks(view)
    assert (len(heads), len(tokens)) == (LAYERS * HEADS, TOKENS)
    assert_as_alone(view, [*heads, *tokens])


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("layer", range(LAYERS))
def test_every_site(site: str, layer: int) -> None:
    view = opened(site=site, layer=layer)
    assert_as_alone(view, single_clicks(view)[1])


def test_a_model_that_reads_all_tokens() -> None:
    view = ClickToPatch(make(global_pool="avg"), CLEAN, {"d": DONOR}, layer=1)
    heads, tokens = single_clicks(view)
    assert_as_alone(view, [*heads, *tokens])


def test_of_other_weights_nothing_is_predicted() -> None:
    model = make()
    view = ClickToPatch(model, CLEAN, {"d": DONOR}, reference=REFERENCE, kind="zero")
    heads, _ = single_clicks(view)
    assert isinstance(model, HookedViT)
    assert model is not MODEL
    with torch.no_grad():
        model.module.head.bias += 1  # type: ignore[operator]
    with pytest.raises(StaleCacheError, match="run the image again"):
        list(predicted_together(view.runs, heads))
