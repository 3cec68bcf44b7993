"""A layout put together from its pieces, and the checks that all families share."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.families.module_checks import (
    require_distinct,
    require_eager_parts,
)
from vitwidgets.models.pieces.parts import Layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn

    from vitwidgets.models.config import ViTConfig
    from vitwidgets.models.pieces.parts import Block, Piece
    from vitwidgets.models.pieces.recipes import Recipe
    from vitwidgets.models.pieces.unembedding import TokenFeatures, Unembedding


def assembled(
    module: nn.Module,
    patch_embed: nn.Module,
    blocks: Sequence[Block],
    *,
    title: str,
    before: Piece,
    after: Sequence[Piece],
    config: ViTConfig,
    unembedding: Unembedding | str,
    features: TokenFeatures | str | None = None,
    pads: bool = False,
) -> Layout:
    """Put a layout together.

    Parameters
    ----------
    module, patch_embed, blocks, title, config, unembedding, pads
        As in `Layout`.
    before, after
        The pieces before and after the blocks.
    features
        As in `Layout`; None for a family of which that is not known.

    Raises
    ------
    UnsupportedModelError
        If the same module is in two places, or blocks differ in their heads.
    ModelStateError
        If parts are compiled.
    """
    named = [("the model", module), ("the patch embedding", patch_embed)]
    for index, block in enumerate(blocks):
        named += [
            (f"{what} of block {index}", part) for what, part in block.named_parts
        ]
    require_distinct(named)
    require_eager_parts(module)
    shapes = {(block.heads.n_heads, block.heads.d_head) for block in blocks}
    if len(shapes) > 1:
        raise UnsupportedModelError(
            f"the blocks differ in their heads, (number, width) being "
            f"{sorted(shapes)}: only models with the same heads in each are supported"
        )
    pieces = [before, *chain.from_iterable(block.pieces for block in blocks), *after]
    missing: dict[str, str] = {}
    recipes: dict[str, Recipe] = {}
    for piece in pieces:
        missing.update(piece.missing)
        recipes.update(piece.recipes)
    taps = tuple(tap for piece in pieces for tap in piece.taps)
    names = (site for tap in taps for site in tap.sites)
    sites = dict.fromkeys(name for name in names if name not in missing)
    return Layout(
        module=module,
        title=title,
        patch_embed=patch_embed,
        blocks=tuple(blocks),
        config=config,
        pads=pads,
        taps=taps,
        recipes={name: recipe for name, recipe in recipes.items() if name in sites},
        sites=sites,
        missing=missing,
        unreachable=frozenset[str]().union(*(piece.unreachable for piece in pieces)),
        unembedding=unembedding,
        features=features or f"how {title} makes its output of tokens is not known",
    )
