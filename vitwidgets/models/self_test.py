"""A test, when a model is attached, that its blocks do what its layout says."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch

from vitwidgets.models.errors import HookError, UnsupportedModelError
from vitwidgets.models.hooks import Edit, HookPoint
from vitwidgets.models.interception import Session, during
from vitwidgets.models.sites import in_block, split_name

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.models.parts import Layout
    from vitwidgets.models.tap_table import TapTable

_N_TOKENS = 3


def require_honest_blocks(layout: Layout, taps: TapTable, weight: Tensor) -> None:
    """Raise UnsupportedModelError unless the blocks are read and written truthfully.

    Three made-up tokens go through all blocks, plainly and with every site overwritten
    by a copy of itself. Each site has to be reached, nothing may change, bit for bit,
    and the stream has to be the sum of its addends. This costs about as much as
    reading the weights twice, whatever the size of the images.
    """
    if weight.is_meta:
        return
    stack = layout.module.get_submodule(layout.family.blocks)
    count = _N_TOKENS * layout.config.d_model
    steps = torch.arange(count, dtype=torch.float32, device=weight.device)
    tokens = (steps * 0.7).sin().view(1, _N_TOKENS, -1).to(weight.dtype)
    names = [name for name in layout.sites if split_name(name)[0] is not None]
    edits = [Edit(_copy, HookPoint(name, split_name(name)[0])) for name in names]
    session = Session(layout.module, taps, edits, names)
    with torch.no_grad():
        written = cast("Tensor", during(session, lambda: stack(tokens)))
    try:
        session.require_all_fired()
    except HookError as error:
        raise UnsupportedModelError(
            f"the model's code is not as expected: {error}"
        ) from error
    with torch.no_grad():
        plain = stack(tokens)
    if not torch.equal(written, plain):
        raise UnsupportedModelError(
            "writing the blocks' own activations back changes their output by "
            f"{float((written - plain).abs().max()):.2g}: their code is not as expected"
        )
    for layer in range(len(layout.blocks)):
        _check_sums(session.values, layer)


def _check_sums(values: dict[str, Tensor], layer: int) -> None:
    def value(suffix: str) -> Tensor:
        return values[in_block(layer, suffix)]

    for total, parts in (
        ("hook_resid_mid", ("hook_resid_pre", "hook_attn_out")),
        ("hook_resid_post", ("hook_resid_mid", "hook_mlp_out")),
    ):
        if not torch.equal(value(parts[0]) + value(parts[1]), value(total)):
            raise UnsupportedModelError(
                f"in block {layer}, {total} is not {parts[0]} plus {parts[1]}: the "
                f"block's code is not as expected"
            )


def _copy(value: Tensor, _: HookPoint) -> Tensor:
    return value.clone()
