"""The state of the attention head tour in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vitwidgets.widgets.attention_source import AttentionSource

_SHOWN = {
    "pattern": "attention",
    "scores": "attention scores",
    "written": "what is written by attention",
    "rollout": "attention rollout",
}
_WAYS = {"row": "from", "column": "to"}


def tour_caption(
    source: AttentionSource,
    shown: str,
    direction: str,
    tokens: str,
    place: tuple[int, int] | None,
) -> str:
    """Say which model, tokens and head are shown.

    Parameters
    ----------
    source
        The side whose heads are shown.
    shown, direction
        What of them, and which way.
    tokens
        From whose side, in words.
    place
        Layer and head of the large view; None where this model has no such head.
    """
    is_rollout = shown == "rollout"
    heads = "" if is_rollout else f" x {source.n_heads} heads"
    words = (
        f"AttentionHeadTour of {source.model.name}: {_SHOWN[shown]} "
        f"{_WAYS[direction]} {tokens}, {source.n_layers} layers{heads}"
    )
    if place is None:
        return words
    layer, head = place
    name = f"through L{layer}" if is_rollout else f"L{layer}.H{head}"
    return f"{words}; large view: {name}"
