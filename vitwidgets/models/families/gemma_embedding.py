"""What comes before the blocks of Gemma 4's vision encoder, and its sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from vitwidgets.models.class_path import class_path
from vitwidgets.models.config import ViTConfig
from vitwidgets.models.interception.tap import Tap, Visitor, taken
from vitwidgets.models.pieces.embedding import PATCHES, Embedding, timm_prefix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor, nn

    from vitwidgets.models.pieces.parts import Block

_IMAGES = "images at the patch embedding"
_USUAL_SIZE = (768, 768)
_SITES = ("hook_embed", "hook_pos_embed")


def gemma_embedding(patch_embed: nn.Module, first: nn.Module) -> Embedding:
    """Give where tokens come from.

    The patches are the output of a linear layer, row by row. How many rows there are is
    seen at the images alone.
    """
    module = cast("Any", patch_embed)
    height, width = module.patch_size

    def keep_images(run: Visitor, images: Tensor, _: Tensor) -> Tensor:
        run.scratch[_IMAGES] = images
        return images

    def keep_patches(run: Visitor, patches: Tensor, _: Tensor) -> Tensor:
        images = taken(run, _IMAGES)
        grid = (images.shape[-2] // height, images.shape[-1] // width)
        run.scratch[PATCHES] = patches.unflatten(1, grid)
        return patches

    def positions(patches: Tensor) -> Tensor:
        rows, cols = patches.shape[1:3]
        places, _ = module._default_patch_coord(1, rows, cols, patches.device)  # noqa: SLF001
        added: Tensor = module._position_embeddings(places.flip(-1), None)  # noqa: SLF001
        return added

    return Embedding(
        patches=module.input_proj,
        full=first,
        with_prefix=timm_prefix(patch_embed, ()),
        positions=positions,
        norm=None,
        keep=(
            Tap(patch_embed, True, keep_images, (), _SITES),
            Tap(module.input_proj, False, keep_patches, (), _SITES),
        ),
    )


def gemma_config(
    module: nn.Module, encoder: nn.Module, blocks: Sequence[Block]
) -> ViTConfig:
    """Give the sizes of the encoder, or of the classifier around it.

    It takes images of any size up to its table of positions. Its own size is the one
    that timm keeps with it, as far as the table goes.
    """
    model = cast("Any", encoder)
    embed = model.patch_embed
    patch = (int(embed.patch_size[0]), int(embed.patch_size[1]))
    kept: dict[str, Any] = getattr(module, "pretrained_cfg", None) or {}
    size = tuple(kept.get("input_size", _USUAL_SIZE))[-2:]
    cell = int(model.pooling_kernel_size) if model.global_pool == "soft" else 1
    rows, cols = (
        min(pixels // side, int(embed.position_embedding_size)) // cell * cell
        for pixels, side in zip(size, patch, strict=True)
    )
    pool = str(cast("Any", module).global_pool)
    return ViTConfig(
        model_class=class_path(module),
        n_layers=len(blocks),
        n_heads=blocks[0].heads.n_heads,
        d_model=int(model.embed_dim),
        d_head=blocks[0].heads.d_head,
        d_mlp=blocks[0].d_mlp,
        image_size=(rows * patch[0], cols * patch[1]),
        patch_size=patch,
        grid=(rows, cols),
        dynamic_size=True,
        n_channels=int(embed.input_proj.in_features) // (patch[0] * patch[1]),
        n_prefix_tokens=0,
        prefix_names=(),
        n_tokens=rows * cols,
        pool="" if pool == "none" else pool,
        n_classes=int(getattr(getattr(module, "head", None), "out_features", 0)),
        n_params=sum(parameter.numel() for parameter in module.parameters()),
    )
