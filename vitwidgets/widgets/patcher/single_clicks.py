"""What single clicks do: the edits that they make, and their predictions together."""

from __future__ import annotations

from contextlib import suppress
from itertools import groupby
from typing import TYPE_CHECKING, Any, cast

import torch
from traitlets import TraitError

from vitwidgets.methods.patching.value_runs import ValueRuns
from vitwidgets.models import HookPoint
from vitwidgets.models.running.variant_batches import parts_of, usual_batch_size
from vitwidgets.models.sites import in_block
from vitwidgets.widgets.patcher.edits import (
    FROM_DONOR,
    asked_of,
    checked_edits,
    plain_intervention,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from vitwidgets.methods.patching.units import Over
    from vitwidgets.widgets.patcher.edits import Edit
    from vitwidgets.widgets.patcher.source import PatcherSource
    from vitwidgets.widgets.patcher.state import PatcherState


def single_clicks(view: PatcherState) -> tuple[list[Edit], list[Edit]]:
    """Give the edits of single clicks: on heads, and on tokens as they are set now.

    Their kind, strength and donor are those that are set for the next edit, layer and
    site of tokens those that are set for the pictures.
    """
    model = view.model
    heads = [
        _click(view, f"L{layer}.H{head}")
        for layer in range(model.config.n_layers)
        for head in range(model.config.n_heads)
        if "z" in view.available
    ]
    site = "MLP" if view.site == "mlp_out" else view.site
    tokens = [
        _click(view, f"L{view.layer}.{site}", model.grid.label(token))
        for token in range(model.grid.n_tokens)
        if view.site in view.available
    ]
    return _possible(view, heads), _possible(view, tokens)


def predicted_together(
    source: PatcherSource, clicks: Sequence[Edit]
) -> Iterator[tuple[Edit, Tensor]]:
    """Run the clean image with each of some edits alone, those of one block together.

    Parameters
    ----------
    source
        The runs.
    clicks
        The edits; neighbours that are of one site share passes.

    Yields
    ------
    edit
        One after the other.
    logits
        ``(class,)``: within rounding of those of the edit's own run.

    Raises
    ------
    RuntimeError, StaleCacheError, ValueError, CancelledError
        As `PatcherSource.predict` does.
    """
    runs = ValueRuns(source.model, source.clean, whole=False)
    for site, group in groupby(clicks, key=_site):
        edits = list(group)
        layer = plain_intervention(edits[0]).layer
        stream = source.clean[in_block(layer, "hook_resid_pre")]
        over = cast("Over", site.rpartition("hook_")[2])
        for part in parts_of(len(edits), usual_batch_size(source.model.config, stream)):
            values = _values(source, site, layer, edits[part])
            with source.traffic.run():
                logits = runs.logits(over, layer, site, values)
            yield from zip(edits[part], logits, strict=True)


@torch.no_grad()
def _values(
    source: PatcherSource, site: str, layer: int, edits: Sequence[Edit]
) -> Tensor:
    """Give the site's value with each edit made alone, ``(edit, token, ...)``."""
    interventions, sources = source.compiled(edits)
    device = next(source.model.module.parameters()).device
    own = source.clean[site].to(device)
    point = HookPoint(site, layer)
    made: list[Tensor] = []
    for each in interventions:
        ((_, hook),) = each.hooks(source.model, sources)
        changed = hook(own, point)
        made.append(own if changed is None else changed)
    return torch.cat(made)


def _site(edit: Edit) -> str:
    return plain_intervention(edit).place.site


def _click(view: PatcherState, address: str, *tokens: str) -> Edit:
    return {
        "address": address,
        "tokens": list(tokens),
        "kind": view.kind,
        "strength": view.strength,
        "source": view.source if view.kind in FROM_DONOR else "",
        "seed": 0,
        "switch": "on",
    }


def _possible(view: PatcherState, edits: Sequence[dict[str, Any]]) -> list[Edit]:
    found: list[Edit] = []
    for edit in edits:
        # A block may lack what others have: then there is no such click.
        with suppress(TraitError):
            found += asked_of(checked_edits([edit], view.model, view.donor_names()))
    return found
