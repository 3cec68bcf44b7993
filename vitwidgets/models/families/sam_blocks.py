"""The blocks of timm's SAM encoder: windows, and positions relative to the query.

The stream is shown as ``(batch, token, d_model)``, as everywhere, and so is what is
added to it, z and the result of each head: where attention is in windows, without what
is padding there. What is inside of attention is shown as it is computed: q, k, v, bias,
scores, pattern and mix of such a block have ``batch * window`` in the place of the
batch, and the tokens of one window, padding included (see `WindowGrid`).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, cast

from vitwidgets.models.class_path import class_path
from vitwidgets.models.families.module_checks import part_at, refusal, require_own_code
from vitwidgets.models.families.tables import SAM
from vitwidgets.models.families.timm_branches import (
    require_fused,
    require_known_pair,
    timm_neurons,
)
from vitwidgets.models.interception.tap import CallTap, Tap
from vitwidgets.models.pieces.derivation import last_axis_split
from vitwidgets.models.pieces.dot_product_attention import (
    DotProductAttention,
    dot_product_piece,
)
from vitwidgets.models.pieces.heads import names
from vitwidgets.models.pieces.neurons import neurons_piece
from vitwidgets.models.pieces.norms import known_norm, norm_piece
from vitwidgets.models.pieces.parts import Block, Heads, Piece
from vitwidgets.models.pieces.recipes import Compute, Recipe
from vitwidgets.models.pieces.row_column_taps import (
    heads_apart,
    note_rows_and_columns,
    out_of_windows_tap,
    tokens_on_one_axis,
)
from vitwidgets.models.pieces.stream import Stream, StreamPieces, stream_pieces
from vitwidgets.models.pieces.windows import WindowGrid, out_of_windows

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn


def sam_block(block: nn.Module, index: int, grid: tuple[int, int]) -> Block:
    """Take a block apart; `grid` is the number of rows and columns of patches."""
    where, prefix = f"block {index}", f"blocks.{index}"

    def part(path: str) -> nn.Module:
        return part_at(block, path, SAM.title, where)

    if class_path(block) not in {kind for kind, _ in SAM.pairs}:
        raise refusal(block, where, SAM.title)
    attention, mlp = part("attn"), part("mlp")
    require_known_pair(SAM, block, attention, where)
    for piece in (block, attention, mlp):
        require_own_code(piece, where)
    require_fused(attention, f"the attention of {where}")
    windows = _windows(block, grid)
    norms = part("norm1"), part("norm2")
    stream = Stream(block, part("drop_path1"), norms[1], part("drop_path2"))
    neurons = timm_neurons(mlp, SAM, where)
    heads = _heads(attention)
    ln1 = norm_piece(known_norm(norms[0]), f"{prefix}.ln1", f"{prefix}.hook_resid_pre")
    ln2 = norm_piece(known_norm(norms[1]), f"{prefix}.ln2", f"{prefix}.hook_resid_mid")
    streams = _streams(stream_pieces(stream, prefix), windows, _image(prefix))
    parts = {
        "block": block,
        "ln1": norms[0],
        "attention": attention,
        **dict(cast("Any", attention).named_children()),
        "attention_addend": stream.attention_addend,
        "ln2": norms[1],
        "activation": neurons.activation,
        "down projection": neurons.down,
        "mlp_addend": stream.mlp_addend,
    }
    parts.pop("rope", None)  # shared by blocks
    return Block(
        module=block,
        attention=attention,
        heads=heads,
        d_mlp=int(cast("Any", neurons.down).in_features),
        named_parts=list(parts.items()),
        pieces=(
            streams.before,
            *_noted(block, prefix, windows),
            tokens_on_one_axis(ln1),
            _attention_piece(attention, heads, prefix, grid, windows),
            streams.attention_out,
            streams.middle,
            ln2,
            neurons_piece(neurons, f"{prefix}.mlp"),
            streams.mlp_out,
            streams.after,
        ),
        run=_on_tokens(block, grid),
        fixed_length=cast("Any", attention).rope is not None,
    )


def _image(prefix: str) -> str:
    return f"rows and columns of {prefix}"


def _windows(block: nn.Module, grid: tuple[int, int]) -> WindowGrid | None:
    size = int(cast("Any", block).window_size)
    return WindowGrid(*grid, size) if size else None


def _heads(attention: nn.Module) -> Heads:
    untyped = cast("Any", attention)
    n_heads = int(untyped.num_heads)
    width = int(untyped.proj.in_features) // n_heads
    return Heads(n_heads, width, float(width) ** -0.5, bool(untyped.use_rel_pos))


def _on_tokens(block: nn.Module, grid: tuple[int, int]) -> Callable[[Tensor], Tensor]:
    def run(tokens: Tensor) -> Tensor:
        usual = tokens.shape[1] == grid[0] * grid[1]
        shape = grid if usual else (1, tokens.shape[1])
        out: Tensor = block(tokens.view(tokens.shape[0], *shape, -1))
        return out.flatten(1, 2)

    return run


def _streams(
    streams: StreamPieces, windows: WindowGrid | None, image: str
) -> StreamPieces:
    attention_out = (
        tokens_on_one_axis(streams.attention_out)
        if windows is None
        else _out_of_windows(streams.attention_out, windows, image)
    )
    return dataclasses.replace(
        streams,
        before=tokens_on_one_axis(streams.before),
        attention_out=attention_out,
        after=tokens_on_one_axis(streams.after),
    )


def _noted(
    block: nn.Module, prefix: str, windows: WindowGrid | None
) -> tuple[Piece, ...]:
    if windows is None:
        return ()
    shown = (f"{prefix}.hook_attn_out", *names(f"{prefix}.attn", "z", "result"))
    return (Piece((note_rows_and_columns(block, _image(prefix), shown),)),)


def _out_of_windows(piece: Piece, windows: WindowGrid, image: str) -> Piece:
    taps = [
        out_of_windows_tap(tap, image, windows.size)
        for tap in piece.taps
        if isinstance(tap, Tap)
    ]
    return dataclasses.replace(piece, taps=tuple(taps))


def _attention_piece(
    attention: nn.Module,
    heads: Heads,
    prefix: str,
    grid: tuple[int, int],
    windows: WindowGrid | None,
) -> Piece:
    """Give the piece of the attention of the block whose sites begin with `prefix`."""
    untyped = cast("Any", attention)
    piece = dot_product_piece(
        DotProductAttention(
            module=attention,
            heads=heads,
            qkv=untyped.qkv,
            separate=(),
            q_norm=untyped.q_norm,
            k_norm=untyped.k_norm,
            rotated=untyped.rope is not None,
            projection=untyped.proj,
            between=() if windows is None else None,
        ),
        f"{prefix}.attn",
    )
    mix, z, result = names(f"{prefix}.attn", "attn_mix", "z", "result")
    recipes = {**piece.recipes, **_recipes(attention, heads, prefix, grid, windows)}
    if windows is not None:
        recipes[z] = Recipe((mix,), _in_image(windows))
    taps: list[Tap | CallTap] = []
    for tap in piece.taps:
        if isinstance(tap, CallTap):
            taps.append(heads_apart(tap, heads.n_heads))
        elif windows is not None and tap.sites[0] in (z, result):
            taps.append(out_of_windows_tap(tap, _image(prefix), windows.size))
        else:
            taps.append(tap)
    return dataclasses.replace(piece, taps=tuple(taps), recipes=recipes)


def _recipes(
    attention: nn.Module,
    heads: Heads,
    prefix: str,
    grid: tuple[int, int],
    windows: WindowGrid | None,
) -> dict[str, Recipe]:
    """Give the recipes of the operands of the dot products."""
    untyped = cast("Any", attention)
    q, k, rot_q, rot_k, bias = names(
        f"{prefix}.attn", "q", "k", "rot_q", "rot_k", "attn_bias"
    )
    found: dict[str, Recipe] = {}
    if untyped.rope is None:
        for site, source, norm in (
            (rot_q, q, untyped.q_norm),
            (rot_k, k, untyped.k_norm),
        ):
            found[site] = Recipe((source,), _normed_by_head(norm), (norm,))
    if heads.biased:
        shape = grid if windows is None else (windows.size, windows.size)
        compute = _relative_positions(attention, heads, shape)
        found[bias] = Recipe((q,), compute, (attention,))
    return found


def _normed_by_head(norm: nn.Module) -> Compute:
    """Give q or k by token -> the same after its norm, laid out head by head."""

    def compute(by_token: Tensor) -> Tensor:
        normed: Tensor = norm.forward(by_token.transpose(1, 2).contiguous())
        return normed.transpose(1, 2)

    return compute


def _in_image(windows: WindowGrid) -> Compute:
    def compute(mix: Tensor) -> Tensor:
        tokens = out_of_windows(mix.flatten(-2), windows)
        return last_axis_split(tokens, tuple(mix.shape[-2:]))

    return compute


def _relative_positions(
    attention: nn.Module, heads: Heads, shape: tuple[int, int]
) -> Compute:
    """Give q -> what is added to the scores, as the module's own code has it."""
    from timm.models import vision_transformer_sam  # noqa: PLC0415

    untyped, timm = cast("Any", attention), cast("Any", vision_transformer_sam)
    normed = _normed_by_head(untyped.q_norm)

    def compute(q: Tensor) -> Tensor:
        by_head = normed(q).transpose(1, 2).flatten(0, 1)
        bias: Tensor = timm.get_decomposed_rel_pos_bias(
            by_head, untyped.rel_pos_h, untyped.rel_pos_w, shape, shape
        )
        return bias.view(-1, heads.n_heads, *bias.shape[1:])

    return compute
