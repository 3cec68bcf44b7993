"""The same reading and writing with nnsight. Needs the optional group ``bench``."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

import nnsight

if TYPE_CHECKING:
    from torch import Tensor, nn

TITLE = f"nnsight {version('nnsight')}"


class TracedViT:
    """A timm ``VisionTransformer`` in nnsight's hands, which alter the module."""

    def __init__(self, module: nn.Module) -> None:
        self._model = nnsight.NNsight(module)

    def streams(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Give the logits; after each block, what attention added and the stream."""
        model = self._model
        with model.trace(images):
            kept = nnsight.save([])
            for block in model.blocks:
                kept.append(block.attn.output)
                kept.append(block.output)
            logits = nnsight.save(model.output)
        return logits, kept

    def without_heads(self, images: Tensor, layer: int) -> Tensor:
        """Give the logits with every head's z of one block set to zero."""
        model = self._model
        with model.trace(images):
            projection = model.blocks[layer].attn.proj
            projection.input = projection.input * 0
            logits = nnsight.save(model.output)
        return logits  # noqa: RET504  nnsight runs what is inside the block elsewhere
