"""Any supported model, read and changed with ordinary hooks: the oracle of the tests.

`forward` runs a module with `register_forward_hook` and `register_forward_pre_hook` on
its parts, and with attention computed by definition. It gives every site's value and
takes edits. It shares no code with vitwidgets.
"""

from __future__ import annotations

import open_clip
import torch
from torch import Tensor, nn

from tests.parity.blueprints import (
    attribute,
    class_of,
    core_of,
    named_blocks,
    part,
)
from tests.parity.model_blueprints import EMBEDDINGS, READOUTS, Embedding, Readout
from tests.parity.plain_blocks import hook_block
from tests.parity.tape import Edits, Tape, norm


def forward(
    module: nn.Module, inputs: Tensor, edits: Edits | None = None
) -> dict[str, Tensor]:
    """Give every site's value; ``hook_logits`` is the result.

    Parameters
    ----------
    module
        The model, in evaluation mode.
    inputs
        What it takes.
    edits
        What to replace a site's value by, as a function of the value.
    """
    tape = Tape(edits or {})
    core, blocks = core_of(module), named_blocks(module)
    OneEmbedding(tape, core).hook(blocks[0][1])
    for prefix, block in blocks:
        hook_block(tape, block, prefix)
    readout(tape, module, core)
    with tape.running():
        module(inputs)
    return tape.values


class OneEmbedding:
    """The hooks on what comes before the first block.

    The position embedding is what tokens have there beyond patches and prefix tokens.
    """

    def __init__(self, tape: Tape, core: nn.Module) -> None:
        self.tape = tape
        self.core = core
        self.plan = EMBEDDINGS.get(class_of(core), Embedding())
        self.patches: Tensor | None = None

    def hook(self, first: nn.Module) -> None:
        """Put the hooks on the tape."""
        self.tape.after(part(self.core, self.plan.patches), self._keep)
        full = part(self.core, self.plan.full) if self.plan.full else first
        self.tape.before(full, self._full)
        norms = [getattr(self.core, name, None) for name in ("norm_pre", "ln_pre")]
        for ln_pre in norms:
            if ln_pre is not None and not isinstance(ln_pre, nn.Identity):
                self.tape.after(ln_pre, lambda out: self.tape.site("hook_ln_pre", out))

    def _keep(self, value: Tensor) -> Tensor:
        if self.plan.channels_first:
            value = value.permute(0, 2, 3, 1)
        self.patches = value.flatten(1, -2).clone()  # positions may be added in place
        return value if not self.plan.channels_first else value.permute(0, 3, 1, 2)

    def _full(self, value: Tensor) -> Tensor:
        full = value if value.dim() < 4 else value.flatten(1, 2)
        embed = torch.cat(
            [
                *(self._token(name) for name in self.plan.prefix),
                self.patches,
                *(self._token(name) for name in self.plan.suffix),
            ],
            1,
        )
        total = self.tape.site("hook_embed", embed)
        if any(attribute(self.core, path) is not None for path in self.plan.positions):
            total = total + self.tape.site("hook_pos_embed", full - embed)
        return self.tape.site("hook_full_embed", total).reshape(value.shape)

    def _token(self, name: str) -> Tensor:
        """Give a parameter as tokens, none where the model lacks it."""
        batch, _, width = self.patches.shape
        token = attribute(self.core, name)
        if token is None:
            return self.patches[:, :0]
        return token.view(1, -1, width).expand(batch, -1, -1)


def readout(tape: Tape, module: nn.Module, core: nn.Module) -> None:
    """Put the hooks on what comes after the last block on the tape."""
    root = module if class_of(module) in READOUTS else core
    plan = READOUTS.get(class_of(root), Readout())
    for name, path in plan.pooled.items():
        tape.before(part(root, path), lambda value, n=name: tape.site(n, value))
    for prefix, paths in plan.norms.items():
        parts = [part(root, path) for path in paths]
        for final in [one for one in parts if not isinstance(one, nn.Identity)][:1]:
            norm(tape, final, prefix)
    if hasattr(core, "_global_pool"):  # of open_clip's image towers
        pooled = lambda out: (tape.site("hook_pooled", out[0]), *out[1:])  # noqa: E731
        tape.result(core, "_global_pool", pooled)
    for home in (open_clip.transformer, open_clip.model):  # of its text towers
        tape.result(home, "text_global_pool", lambda x: tape.site("hook_pooled", x))
    tape.after(module, lambda value: tape.site("hook_logits", value))
