"""Edits that a lesson names, since which they are differs from model to model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from vitwidgets.methods import Intervention
from vitwidgets.models.addresses import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vitwidgets.workshop.bench import Bench

    Edit = dict[str, Any]


def copied(bench: Bench, *units: Address) -> list[Edit]:
    """Give edits that copy parts from the donor, all patches or tokens of one at once.

    Parameters
    ----------
    bench
        What is open.
    *units
        The parts; tokens of one site of one block become one edit.
    """
    tokens: dict[str, list[str]] = {}
    for unit in units:
        address, _, token = str(unit).partition("@")
        tokens.setdefault(address, []).extend([token] if token else [])
    return [
        {
            "address": address,
            "tokens": labels,
            "kind": "patch",
            "strength": 1,
            "source": bench.view.donor_names()[0],
            "seed": 0,
            "switch": "on",
        }
        for address, labels in tokens.items()
    ]


def _strongest_head(bench: Bench) -> list[Edit]:
    layer, head = np.unravel_index(np.nanargmax(bench.effects), bench.effects.shape)
    return copied(bench, Address(int(layer), "z", int(head)))


def _every_patch(bench: Bench, layer: int) -> list[Edit]:
    labels = [bench.grid.label(token) for token in bench.patches]
    (edit,) = copied(bench, Address(layer, "resid_pre"))
    return [{**edit, "tokens": labels}]


NAMED_EDITS: Mapping[str, Callable[[Bench], list[Edit]]] = {
    "strongest head": _strongest_head,
    "fewest heads": lambda bench: copied(bench, *bench.smallest_flip("heads").units),
    "every patch, first block": lambda bench: _every_patch(bench, 0),
    "every patch, last block": lambda bench: _every_patch(
        bench, bench.model.config.n_layers - 1
    ),
}


@torch.no_grad()
def says(bench: Bench, edits: Sequence[Edit]) -> int:
    """Run the model with edits that copy from the donor, and give its answer.

    It is a whole run of its own: the view and what it shows are not touched.
    """
    donor = edits[0]["source"] if edits else ""
    active = [
        Intervention(
            address=edit["address"],
            kind=edit["kind"],
            tokens=tuple(edit["tokens"]),
            source=donor,
        )
        for edit in edits
    ]
    with bench.model.with_interventions(active, {donor: bench.donated[1]}) as model:
        return int(model(bench.pixels)[0].argmax())
