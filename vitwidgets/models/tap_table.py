"""All taps of a model, and which of them a request needs."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from vitwidgets.models.attention_taps import attention_taps
from vitwidgets.models.norm_tap import norm_tap
from vitwidgets.models.stream_taps import (
    attention_addend_tap,
    block_input_tap,
    embedding_taps,
    middle_taps,
    mlp_taps,
    output_taps,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vitwidgets.models.parts import BlockLayout, Layout
    from vitwidgets.models.tap import Tap


class TapTable:
    """The taps of a model in the order of its forward pass, found by site."""

    def __init__(self, layout: Layout) -> None:
        self._taps = tuple(_all_taps(layout))
        by_site: defaultdict[str, list[int]] = defaultdict(list)
        for index, tap in enumerate(self._taps):
            for site in (*tap.sites, *tap.helps):
                by_site[site].append(index)
        self._by_site = dict(by_site)

    def needed(self, sites: Iterable[str]) -> list[Tap]:
        """Taps without which these sites cannot be read and replaced."""
        chosen = {index for site in sites for index in self._by_site[site]}
        return [self._taps[index] for index in sorted(chosen)]


def _all_taps(layout: Layout) -> list[Tap]:
    taps = embedding_taps(layout)
    for layer, block in enumerate(layout.blocks):
        taps += _block_taps(block, layer)
    if layout.final_norm is not None:
        taps.append(norm_tap(layout.final_norm, "ln_final"))
    return taps + output_taps(layout)


def _block_taps(block: BlockLayout, layer: int) -> list[Tap]:
    middle, addend, output = middle_taps(block, layer)
    return [
        block_input_tap(block, layer),
        norm_tap(block.ln1, f"blocks.{layer}.ln1"),
        *attention_taps(block, layer),
        attention_addend_tap(block, layer),
        middle,
        norm_tap(block.ln2, f"blocks.{layer}.ln2"),
        *mlp_taps(block, layer),
        addend,
        output,
    ]
