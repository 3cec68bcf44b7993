"""Taps of modules that keep tokens apart by row and column, or in windows.

Sites have the tokens of an image on one axis, row by row, as in every other family.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from vitwidgets.models.interception.tap import Tap, seen
from vitwidgets.models.pieces.windows import WindowGrid, into_windows, out_of_windows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn

    from vitwidgets.models.interception.tap import (
        CallTap,
        Handler,
        TorchFunction,
        Visitor,
    )
    from vitwidgets.models.pieces.parts import Piece


def tokens_on_one_axis(piece: Piece) -> Piece:
    """Give a piece whose modules take and give ``(batch, row, column, ...)``."""
    taps = [
        dataclasses.replace(tap, handler=_flat(tap.handler))
        for tap in piece.taps
        if isinstance(tap, Tap)
    ]
    return dataclasses.replace(piece, taps=tuple(taps))


def _flat(handler: Handler) -> Handler:
    def wrapped(run: Visitor, value: Tensor, x: Tensor) -> Tensor:
        tokens = value.flatten(1, 2)
        new = handler(run, tokens, tokens if x is value else x.flatten(1, 2))
        if new is tokens:
            return value
        # The number of images may be another one, where a run is resumed.
        return new.reshape(new.shape[0], *value.shape[1:3], *new.shape[2:])

    return wrapped


def note_rows_and_columns(block: nn.Module, image: str, helps: tuple[str, ...]) -> Tap:
    """Give the tap that keeps the shape of the image that a block takes.

    Parameters
    ----------
    block
        The block, which takes ``(batch, row, column, d_model)``.
    image
        The key under which the shape is kept.
    helps
        Sites that are shown out of the windows of the block.
    """

    def handler(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        run.scratch[image] = value.new_empty((*value.shape[1:3], 0))
        return value

    return Tap(block, True, handler, (), helps)


def out_of_windows_tap(tap: Tap, image: str, size: int) -> Tap:
    """Give the tap of a module that takes and gives windows.

    Parameters
    ----------
    tap
        A tap that is to be shown all tokens of an image, row by row.
    image
        As in `note_rows_and_columns`.
    size
        Number of patches along a side of a window.
    """
    handler = tap.handler

    def wrapped(run: Visitor, value: Tensor, x: Tensor) -> Tensor:
        rows, cols, _ = seen(run, image).shape
        windows = WindowGrid(rows, cols, size)
        tokens = out_of_windows(value, windows)
        new = handler(run, tokens, tokens if x is value else out_of_windows(x, windows))
        return value if new is tokens else into_windows(value, new, windows)

    return dataclasses.replace(tap, handler=wrapped)


def heads_apart(call: CallTap, n_heads: int) -> CallTap:
    """Give the tap of a call whose operands have ``batch * head`` on one axis.

    Parameters
    ----------
    call
        A tap that is to be shown ``(batch, head, ...)``.
    n_heads
        Number of heads.
    """
    handler = call.handler

    def apart(value: Tensor) -> Tensor:
        return value.view(-1, n_heads, *value.shape[1:])

    def wrapped(
        run: Visitor,
        function: TorchFunction,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> Tensor:
        def merged(*operands: Tensor, attn_mask: Tensor | None, **options: Any) -> Any:
            mask = None if attn_mask is None else attn_mask.flatten(0, 1)
            flat = (operand.flatten(0, 1) for operand in operands)
            return apart(function(*flat, attn_mask=mask, **options))

        mask: Tensor | None = kwargs.get("attn_mask")
        options = {**kwargs, "attn_mask": None if mask is None else apart(mask)}
        out: Tensor = handler(run, merged, tuple(map(apart, args)), options)
        return out.flatten(0, 1)

    return dataclasses.replace(call, handler=wrapped)
