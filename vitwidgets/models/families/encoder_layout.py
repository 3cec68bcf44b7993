"""Vision encoders of language models in timm, and the classifiers that wrap them.

Qwen3-VL's, DeepSeek's and Gemma 4's. A classifier pools, normalises and classifies what
its encoder gives: patches, or the tokens of the encoder's own projector. On its own, an
encoder gives these as `hook_logits`, whatever their shape.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, cast

from torch import Tensor, nn

from vitwidgets.models.class_path import class_path
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.families.assembly import assembled
from vitwidgets.models.families.gemma_block import gemma_block
from vitwidgets.models.families.gemma_embedding import gemma_config, gemma_embedding
from vitwidgets.models.families.module_checks import part_at, refusal, require_own_code
from vitwidgets.models.families.tables import DEEPSEEK, GEMMA, QWEN
from vitwidgets.models.families.timm_blocks import timm_block
from vitwidgets.models.families.timm_layout import timm_config
from vitwidgets.models.families.unembeddings import MERGED_FIRST
from vitwidgets.models.pieces.embedding import Embedding, embedding_piece, timm_prefix
from vitwidgets.models.pieces.readout import Readout, readout_piece
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from vitwidgets.models.families.tables import EncoderFamily
    from vitwidgets.models.pieces.parts import Block, Layout, Piece

_RAW = ("", "none")
"""What `global_pool` is of an encoder that gives its patches as they are."""


def resolve_qwen(module: nn.Module) -> Layout:
    """Take Qwen3-VL's encoder, or its classifier, apart."""
    parts = _Parts(module, QWEN)
    return parts.layout(parts.timm_blocks(), _qwen_positions(parts.encoder))


def resolve_deepseek(module: nn.Module) -> Layout:
    """Take DeepSeek's encoder, or its classifier, apart; it adds no positions."""
    parts = _Parts(module, DEEPSEEK)
    return parts.layout(parts.timm_blocks(), None)


def resolve_gemma(module: nn.Module) -> Layout:
    """Take Gemma 4's encoder, or its classifier, apart."""
    parts = _Parts(module, GEMMA)
    require_own_code(parts.patch_embed, "the patch embedding")
    blocks = [
        gemma_block(parts.encoder, GEMMA.blocks, block, index)
        for index, block in enumerate(parts.stack)
    ]
    return assembled(
        module,
        # What makes patches of images, before positions are added to them.
        cast("Any", parts.patch_embed).input_proj,
        blocks,
        title=GEMMA.blocks.title,
        before=embedding_piece(gemma_embedding(parts.patch_embed, parts.stack[0])),
        after=[parts.after()],
        config=gemma_config(module, parts.encoder, blocks),
        unembedding=MERGED_FIRST,
    )


class _Parts:
    """The parts of an encoder or classifier, after a check of their classes.

    Attributes
    ----------
    module, encoder
        What was given, and the encoder: in it, or the same.
    patch_embed, stack
        What makes patches of images, and the blocks.
    """

    def __init__(self, module: nn.Module, family: EncoderFamily) -> None:
        self._family = family
        self._title = family.blocks.title
        self.module = module
        self.encoder = module
        require_own_code(module, "the model")
        if class_path(module) == family.classifier:
            self.encoder = part_at(module, "encoder", self._title, "the model")
            if class_path(self.encoder) != family.blocks.model_class:
                raise refusal(self.encoder, "its encoder", self._title)
            require_own_code(self.encoder, "the encoder")
        self.patch_embed = part_at(
            self.encoder, "patch_embed", self._title, "the encoder"
        )
        if class_path(self.patch_embed) != family.patch_embed:
            raise refusal(self.patch_embed, "its patch embedding", self._title)
        stack = part_at(self.encoder, "blocks", self._title, "the encoder")
        self.stack = list(cast("Iterable[nn.Module]", stack))
        if not self.stack:
            raise UnsupportedModelError("this vision encoder has no blocks at all")

    def timm_blocks(self) -> list[Block]:
        """Give its blocks, which are of timm's usual form, taken apart."""
        return [
            timm_block(self.encoder, self._family.blocks, block, index)
            for index, block in enumerate(self.stack)
        ]

    def layout(
        self, blocks: list[Block], positions: Callable[[Tensor], Tensor] | None
    ) -> Layout:
        """Put together what has timm's usual patch embedding."""
        embedding = Embedding(
            patches=self.patch_embed,
            full=self.stack[0],
            with_prefix=timm_prefix(self.encoder, ()),
            positions=positions,
            norm=None,
        )
        family = self._family.blocks
        config = timm_config(self.module, family, self.patch_embed, blocks)
        return assembled(
            self.module,
            self.patch_embed,
            blocks,
            title=self._title,
            before=embedding_piece(embedding),
            after=[self.after()],
            config=dataclasses.replace(config, dynamic_size=True),
            unembedding=MERGED_FIRST,
            pads=bool(cast("Any", self.patch_embed).dynamic_img_pad),
        )

    def after(self) -> Piece:
        """Give the piece after the last block."""
        last = in_block(len(self.stack) - 1, "hook_resid_post")
        nothing = nn.Identity()
        final = nothing
        if self._family.final_norm is not None:
            final = part_at(
                self.encoder, self._family.final_norm, self._title, "the encoder"
            )
        if self.module is self.encoder:
            piece = readout_piece(Readout(self.module, final, (), nothing), last)
            return _without_pooled(piece, "it pools nothing before its output")
        norm = part_at(self.module, "norm", self._title, "the model")
        pools = str(cast("Any", self.module).global_pool) not in _RAW
        pooled = (("hook_pooled", norm),) if pools else ()
        if final is not nothing:
            head = None if type(norm) is nn.Identity else norm
            readout = Readout(self.module, final, pooled, nothing, head)
        elif pools:
            readout = Readout(self.module, final, pooled, norm)
        else:
            raw = str(cast("Any", self.encoder).global_pool) in _RAW
            last = last if raw else None
            readout = Readout(self.module, norm, pooled, nothing)
        piece = readout_piece(readout, last)
        return piece if pools else _without_pooled(piece, "it does not pool its tokens")


def _without_pooled(piece: Piece, reason: str) -> Piece:
    missing = {**piece.missing, "hook_pooled": reason}
    return dataclasses.replace(piece, missing=missing)


def _qwen_positions(encoder: nn.Module) -> Callable[[Tensor], Tensor]:
    model = cast("Any", encoder)

    def positions(patches: Tensor) -> Tensor:
        from timm.models import qwen3_vit  # noqa: PLC0415

        rows, cols = patches.shape[1:3]
        resampled: Tensor = qwen3_vit.resample_pos_embed_grid(
            model.pos_embed, model.pos_embed_grid_size, (rows, cols)
        )
        return resampled.to(patches.dtype)

    return positions


ENCODERS: Mapping[str, Callable[[nn.Module], Layout]] = {
    kind: resolver
    for family, resolver in (
        (QWEN, resolve_qwen),
        (DEEPSEEK, resolve_deepseek),
        (GEMMA, resolve_gemma),
    )
    for kind in (family.blocks.model_class, family.classifier)
}
"""What takes such an encoder or classifier apart, by its class."""

ENCODER_TITLES = tuple(family.blocks.title for family in (QWEN, DEEPSEEK, GEMMA))
