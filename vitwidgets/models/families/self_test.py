"""A test, when a model is attached, that its blocks do what its layout says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from vitwidgets.models.errors import HookError, UnsupportedModelError
from vitwidgets.models.interception.hooks import Edit, HookPoint
from vitwidgets.models.interception.session import Session, during
from vitwidgets.models.sites import in_block, split_name

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.models.interception.tap_table import TapTable
    from vitwidgets.models.pieces.parts import Block, Layout

_FEW_TOKENS = 3


def require_honest_blocks(layout: Layout, taps: TapTable, weight: Tensor) -> None:
    """Raise UnsupportedModelError unless the blocks are read and written truthfully.

    Three made-up tokens (as many as usual, where no other number fits) go through all
    blocks, plainly and with every site overwritten by a copy of itself. Each site has
    to be reached, nothing may change, bit for bit, and the stream has to be the sum of
    its addends. This costs about as much as reading the weights twice, whatever the
    size of the images, unless there is a bias.
    """
    if weight.is_meta:
        return
    fixed = any(map(_has_fixed_length, layout.blocks))
    n_tokens = layout.config.n_tokens if fixed else _FEW_TOKENS
    count = n_tokens * layout.config.d_model
    steps = torch.arange(count, dtype=torch.float32, device=weight.device)
    tokens = (steps * 0.7).sin().view(1, n_tokens, -1).to(weight.dtype)
    names = [name for name in layout.sites if _reached_by_blocks(name)]
    edits = [Edit(_copy, HookPoint(name, split_name(name)[0])) for name in names]
    session = Session(layout.module, taps, edits, names, whole=False)
    with torch.set_grad_enabled(_needs_gradients(layout)):
        written = during(session, lambda: _through(layout, tokens))
    try:
        session.require_all_fired()
    except HookError as error:
        raise UnsupportedModelError(
            f"the model's code is not as expected: {error}"
        ) from error
    with torch.set_grad_enabled(_needs_gradients(layout)):
        plain = _through(layout, tokens)
    if not torch.equal(written, plain):
        raise UnsupportedModelError(
            "writing the blocks' own activations back changes their output by "
            f"{float((written - plain).abs().max()):.2g}: their code is not as expected"
        )
    for layer, block in enumerate(layout.blocks):
        _check_sums(session.values, layer, block)


def _has_fixed_length(block: Block) -> bool:
    # Biases of the scores fit the usual number of tokens only, as a rule.
    return block.heads.biased if block.fixed_length is None else block.fixed_length


def _through(layout: Layout, tokens: Tensor) -> Tensor:
    needs_gradients = _needs_gradients(layout)
    for block in layout.blocks:
        run = block.run or block.module
        tokens = run(tokens.requires_grad_(needs_gradients)).detach()
    return tokens


def _needs_gradients(layout: Layout) -> bool:
    """Whether a gradient has to keep attention on the path that can be written."""
    return any(
        isinstance(block.attention, nn.MultiheadAttention) for block in layout.blocks
    )


def _reached_by_blocks(name: str) -> bool:
    # What is added to the scores is the model's to give; three tokens get nothing.
    return split_name(name)[0] is not None and not name.endswith("hook_attn_bias")


def _check_sums(values: dict[str, Tensor], layer: int, block: Block) -> None:
    for total, (stream, *addends) in block.sums:
        parts = [values[in_block(layer, addend)] for addend in addends]
        # One addend is its own sum, bit for bit; several are summed as blocks do.
        added = parts[0] if len(parts) == 1 else torch.stack(parts).sum(dim=0)
        whole = values[in_block(layer, total)]
        if not torch.equal(values[in_block(layer, stream)] + added, whole):
            raise UnsupportedModelError(
                f"in block {layer}, {total} is not {' plus '.join([stream, *addends])}"
                f": the block's code is not as expected"
            )


def _copy(value: Tensor, _: HookPoint) -> Tensor:
    return value.clone()
