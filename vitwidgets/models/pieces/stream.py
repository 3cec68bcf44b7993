"""The pieces of a block on the residual stream: before it, between its halves, after.

What a block adds is tapped where it is exactly what is added, after any LayerScale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor, nn

from vitwidgets.models.interception.tap import Tap, Visitor, passing, taken
from vitwidgets.models.pieces.parts import Piece
from vitwidgets.models.pieces.recipes import Recipe

if TYPE_CHECKING:
    from vitwidgets.models.interception.tap import Handler


@dataclass(frozen=True)
class Stream:
    """Where a block of two sequential halves meets the stream.

    Attributes
    ----------
    block
        The block.
    attention_addend, mlp_addend
        Modules whose output is what each half adds. May be one and the same, called
        once by each half.
    middle
        The module that takes the stream between the halves.
    argument
        Which argument of the block is the stream.
    """

    block: nn.Module
    attention_addend: nn.Module
    middle: nn.Module
    mlp_addend: nn.Module
    argument: int = 0


@dataclass(frozen=True)
class StreamPieces:
    """The pieces of a block's stream, each in its place of the forward pass."""

    before: Piece
    attention_out: Piece
    middle: Piece
    mlp_out: Piece
    after: Piece


def stream_pieces(stream: Stream, prefix: str) -> StreamPieces:
    """Give the pieces of a block whose sites are called ``<prefix>.hook_...``.

    resid_mid is seen where the second half takes it. The stream goes past that half as
    well, inside the block's own code, so a replaced resid_mid is also added to the
    MLP's output again, in the same expression that the block uses.
    """
    pre, attn_out, mid, mlp_out, post = (
        f"{prefix}.hook_{name}"
        for name in ("resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post")
    )
    mid_key, addend_key = f"new {mid}", f"addend of {mid}"

    def middle(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        new = run.visit(mid, value)
        run.scratch[mid_key] = None if new is value else new
        return new

    def addend(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        new = run.visit(mlp_out, value)
        if run.edits(mid):
            run.scratch[addend_key] = new
        return new

    def output(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        new_mid = run.scratch.pop(mid_key, None)
        if new_mid is not None:
            value = new_mid + taken(run, addend_key)
        return run.visit(post, value)

    def before(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        # A pass that broke off may have left the marks of a first call.
        run.scratch.pop(attn_out, None)
        run.scratch.pop(mlp_out, None)
        return run.visit(pre, value)

    begin, helps = passing(pre), ()
    first, second = passing(attn_out), addend
    if stream.attention_addend is stream.mlp_addend:
        begin, helps = before, (attn_out, mlp_out, mid)
        first, second = of_first_call(first, attn_out), of_second_call(second, mlp_out)
    attention_tap = Tap(stream.attention_addend, False, first, (attn_out,))
    mlp_tap = Tap(stream.mlp_addend, False, second, (mlp_out,), (mid,))
    before_tap = Tap(stream.block, True, begin, (pre,), helps, stream.argument)
    total = Recipe((pre, attn_out), Tensor.add, is_sum=True)
    return StreamPieces(
        before=Piece((before_tap,)),
        attention_out=Piece((attention_tap,)),
        middle=Piece((Tap(stream.middle, True, middle, (mid,)),), {mid: total}),
        mlp_out=Piece((mlp_tap,)),
        after=Piece((Tap(stream.block, False, output, (post,), (mid,)),)),
    )


@dataclass(frozen=True)
class SingleAddendPieces:
    """The pieces of the stream of a block that adds to it once."""

    before: Piece
    out: Piece
    after: Piece


def single_addend_pieces(
    block: nn.Module, addend: nn.Module, prefix: str
) -> SingleAddendPieces:
    """Give the pieces of a block whose attention and MLP are one addend.

    Parameters
    ----------
    block
        The block.
    addend
        The module whose output is what it adds.
    prefix
        Of its sites, such as ``blocks.3``.
    """
    pre, out, post = (
        f"{prefix}.hook_{name}" for name in ("resid_pre", "block_out", "resid_post")
    )
    reason = (
        "attention and MLP of this block run side by side and are added to the stream "
        "as one, hook_block_out"
    )
    lacking = (f"{prefix}.hook_{name}" for name in ("attn_out", "resid_mid", "mlp_out"))
    ln2 = (f"{prefix}.ln2.hook_{name}" for name in ("scale", "normalized", "ln_out"))
    missing = dict.fromkeys((*lacking, *ln2), reason)
    return SingleAddendPieces(
        before=Piece((Tap(block, True, passing(pre), (pre,)),), missing=missing),
        out=Piece((Tap(addend, False, passing(out), (out,)),)),
        after=Piece((Tap(block, False, passing(post), (post,)),)),
    )


def of_first_call(handler: Handler, key: str) -> Handler:
    """Give the handler of the first call of a module that is called twice in a pass."""

    def first(run: Visitor, value: Tensor, x: Tensor) -> Tensor:
        return value if _comes_second(run, key) else handler(run, value, x)

    return first


def of_second_call(handler: Handler, key: str) -> Handler:
    """Give the handler of the second call of such a module."""

    def second(run: Visitor, value: Tensor, x: Tensor) -> Tensor:
        return handler(run, value, x) if _comes_second(run, key) else value

    return second


def _comes_second(run: Visitor, key: str) -> bool:
    if key in run.scratch:
        del run.scratch[key]
        return True
    run.scratch[key] = None
    return False
