"""Blocks of every family, read and changed with ordinary hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from tests.parity.blueprints import (
    BLOCKS,
    DOWN,
    PARALLEL,
    class_of,
    named_attentions,
    numbered,
    part,
)
from tests.parity.plain_attention import attention
from tests.parity.plain_windows import Windows
from tests.parity.tape import Change, Tape, in_turn, norm

if TYPE_CHECKING:
    from tests.parity.blueprints import Branch


def hook_block(tape: Tape, block: nn.Module, prefix: str) -> None:
    """Put every hook of a block on the tape."""
    kind = ParallelBlock if class_of(block) in PARALLEL else SequentialBlock
    kind(tape, block, prefix).hook()


def on_one_axis(change: Change) -> Change:
    """Give a change that has the tokens of rows and columns on one axis."""

    def changed(value: Tensor) -> Tensor:
        if value.dim() < 4:
            return change(value)
        return change(value.flatten(1, 2)).reshape(value.shape)

    return changed


class OneBlock:
    """The hooks on one block."""

    def __init__(self, tape: Tape, block: nn.Module, prefix: str) -> None:
        self.tape = tape
        self.block = block
        self.prefix = prefix

    def site(self, name: str) -> Change:
        """Give the change that a site makes."""
        return lambda value: self.tape.site(f"{self.prefix}.{name}", value)

    def attentions(self) -> None:
        """Put the hooks of its attentions on the tape."""
        self.running = [
            attention(self.tape, module, name)
            for name, module in named_attentions(self.prefix, self.block)
        ]


class SequentialBlock(OneBlock):
    """The hooks on one block of attention, then MLP."""

    def hook(self) -> None:
        """Put every hook of the block on the tape."""
        self.plan = BLOCKS[class_of(self.block)]
        self.tape.before(self.block, self._begin, self.plan.stream_argument)
        for name, path in self.plan.norms.items():
            norm(self.tape, part(self.block, path), f"{self.prefix}.{name}")
        self.attentions()
        for index, branch in enumerate(self.plan.mlps):
            self._mlp(part(self.block, branch.path), numbered("mlp", index))
        self._addends()
        self.tape.after(self.block, on_one_axis(self.site("hook_resid_post")))

    def _begin(self, value: Tensor) -> Tensor:
        self.windows = None
        if getattr(self.block, "window_size", 0):
            self.windows = Windows(*value.shape[1:3], self.block.window_size)
        for running in self.running:
            running.windows = self.windows
        new = on_one_axis(self.site("hook_resid_pre"))(value)
        self.stream = new if new.dim() < 4 else new.flatten(1, 2)
        self.added: list[Tensor] = []
        return new

    def _mlp(self, mlp: nn.Module, name: str) -> None:
        act, down = part(mlp, "act", "gelu"), part(mlp, *DOWN)
        self.tape.before(act, self.site(f"{name}.hook_pre"))
        self.tape.before(down, self.site(f"{name}.hook_post"))

    def _addends(self) -> None:
        attentions, mlps = self.plan.attentions, self.plan.mlps
        if attentions[0].addend == mlps[0].addend:
            both = in_turn(self._attending(0), self._thinking(0))
            self.tape.after(part(self.block, mlps[0].addend), both)
            return
        for branches, change in ((attentions, self._attending), (mlps, self._thinking)):
            for index, branch in enumerate(branches):
                self._addend(branch, change(index))

    def _addend(self, branch: Branch, change: Change) -> None:
        self.tape.after(part(self.block, branch.addend), change)

    def _thinking(self, index: int) -> Change:
        return self.site(f"hook_{numbered('mlp', index)}_out")

    def _attending(self, index: int) -> Change:
        """Give the change of an attention's addend.

        resid_mid is the stream with the attentions' addends. Where it is changed, the
        last of these takes the difference, which says the same.
        """

        def change(value: Tensor) -> Tensor:
            value = self.site(f"hook_{numbered('attn', index)}_out")(value)
            self.added.append(value)
            if len(self.added) < len(self.plan.attentions):
                return value
            plain = self.stream + sum(self.added)
            return value + (self.site("hook_resid_mid")(plain) - plain)

        def in_windows(value: Tensor) -> Tensor:
            if self.windows is None:
                return on_one_axis(change)(value)
            apart = value.flatten(1, 2)
            new = change(self.windows.in_image(apart))
            return self.windows.replaced(apart, new).reshape(value.shape)

        return in_windows


class ParallelBlock(OneBlock):
    """The hooks on one block whose attention and MLP make one addend."""

    def hook(self) -> None:
        """Put every hook of the block on the tape."""
        block = self.block
        self.tape.before(block, self.site("hook_resid_pre"))
        norm(self.tape, block.in_norm, f"{self.prefix}.ln1")
        self.attentions()
        self.tape.before(block.mlp_act, self.site("mlp.hook_pre"))
        post = self.site("mlp.hook_post")
        if block.out_proj is None:
            self.tape.before(block.mlp_out_proj, post)
        else:
            width = block.in_split[-1]
            self.tape.before(
                block.out_proj,
                lambda x: torch.cat((x[..., :width], post(x[..., width:])), -1),
            )
        self.tape.after(block.drop_path, self.site("hook_block_out"))
        self.tape.after(block, self.site("hook_resid_post"))
