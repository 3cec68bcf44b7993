"""A module matched to its family: the parts that are tapped, or the reason why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from torch import nn

from vitwidgets.models import sites
from vitwidgets.models.config import ViTConfig
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.families import FAMILIES, NORMS, Family, MlpLayout
from vitwidgets.models.module_checks import (
    class_path,
    eager_original,
    part_at,
    refusal,
    require_distinct,
    require_eager_parts,
    require_own_code,
)
from vitwidgets.models.parts import BlockLayout, Layout, Norm

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def resolve(module: object) -> Layout:
    """Match a module to a supported family.

    Raises
    ------
    UnsupportedModelError
        If the module, or a part of it, is of a class that is not supported.
    ModelStateError
        If parts of it were replaced or compiled.
    """
    if not isinstance(module, nn.Module):
        raise UnsupportedModelError(
            f"a torch module is wanted, not {class_path(module)}: build one first, for "
            f"example with vitwidgets.load_model or timm.create_model"
        )
    module = eager_original(module)
    family = _family_of(module)
    require_own_code(module, "the model")
    blocks = _blocks(family, module)
    parts = {
        role: part_at(module, path, family, "the model")
        for role, path in family.model_paths.items()
    }
    if class_path(parts["patch_embed"]) not in family.patch_embed_classes:
        raise refusal(parts["patch_embed"], "its patch embedding", family)
    require_distinct([("the model", module), *parts.items(), *_tapped(blocks)])
    require_eager_parts(module)
    final_norm, norm_after_pool = _final_norm(parts)
    ln_pre = None if type(parts["ln_pre"]) is nn.Identity else parts["ln_pre"]
    missing = dict(_missing_sites(module, blocks, ln_pre, final_norm))
    names = sites.all_names(len(blocks))
    return Layout(
        module=module,
        family=family,
        patch_embed=parts["patch_embed"],
        full_embed=parts["full_embed"],
        ln_pre=ln_pre,
        final_norm=final_norm,
        norm_after_pool=norm_after_pool,
        pooled_norm=parts["pooled_norm"],
        blocks=blocks,
        config=_config(module, blocks, parts),
        sites=dict.fromkeys(name for name in names if name not in missing),
        missing=missing,
    )


def _family_of(module: nn.Module) -> Family:
    path = class_path(module)
    for family in FAMILIES:
        if path == family.model_class:
            return family
    raise refusal(module, "the model", *FAMILIES)


def _blocks(family: Family, module: nn.Module) -> tuple[BlockLayout, ...]:
    blocks_part = part_at(module, family.blocks, family, "the model")
    # Module.children would leave out a block that is there twice.
    stack = list(cast("Iterable[nn.Module]", blocks_part))
    if not stack:
        raise UnsupportedModelError("this vision transformer has no blocks at all")
    blocks = tuple(_block(family, block, index) for index, block in enumerate(stack))
    shapes = {(block.n_heads, block.d_head) for block in blocks}
    if len(shapes) > 1:
        raise UnsupportedModelError(
            f"the blocks differ in their heads, (number, width) being "
            f"{sorted(shapes)}: only models with the same heads in each are supported"
        )
    return blocks


def _block(family: Family, block: nn.Module, index: int) -> BlockLayout:
    where = f"block {index}"
    if class_path(block) != family.block_class:
        raise refusal(block, where, family)
    part = {
        role: part_at(block, path, family, where)
        for role, path in family.block_paths.items()
    }
    attention, mlp = cast("Any", part["attention"]), part["mlp"]
    if class_path(attention) != family.attention_class:
        raise refusal(attention, f"the attention of {where}", family)
    spec = family.mlp_classes.get(class_path(mlp))
    if spec is None:
        raise refusal(mlp, f"the MLP of {where}", family)
    for piece in (block, part["attention"], mlp):
        require_own_code(piece, where)
    # Older timm has no gate.
    gated = getattr(attention, "gate", None) is not None
    fused = bool(attention.fused_attn)
    return BlockLayout(
        module=block,
        ln1=_norm(part["ln1"]),
        attention=part["attention"],
        qkv=part["qkv"],
        q_norm=part["q_norm"],
        k_norm=part["k_norm"],
        inner_norm=part["inner_norm"],
        projection=part["projection"],
        attention_addend=part["attention_addend"],
        ln2=_norm(part["ln2"]),
        mlp_addend=part["mlp_addend"],
        mix_is_z=type(part["inner_norm"]) is nn.Identity and not gated,
        n_heads=int(attention.num_heads),
        d_head=int(attention.head_dim),
        scale=float(attention.head_dim) ** -0.5 if fused else float(attention.scale),
        **_mlp_parts(mlp, spec, family, where),
    )


def _mlp_parts(
    mlp: nn.Module, spec: MlpLayout, family: Family, where: str
) -> dict[str, Any]:
    return {
        "activation": part_at(mlp, spec.activation, family, where),
        "mlp_inner_norm": (
            part_at(mlp, spec.inner_norm, family, where) if spec.inner_norm else None
        ),
        "down": part_at(mlp, spec.down, family, where),
        "mlp_gated": spec.gated,
    }


def _norm(module: nn.Module) -> Norm:
    kind = NORMS.get(class_path(module))
    shape = getattr(module, "normalized_shape", ())
    return Norm(module, kind if len(shape) == 1 else None)


def _final_norm(parts: Mapping[str, nn.Module]) -> tuple[Norm | None, bool]:
    """Give the final norm, and whether it comes after pooling."""
    if type(parts["final_norm"]) is not nn.Identity:
        return _norm(parts["final_norm"]), False
    if type(parts["pooled_norm"]) is not nn.Identity:
        return _norm(parts["pooled_norm"]), True
    return None, False


def _tapped(blocks: tuple[BlockLayout, ...]) -> Iterator[tuple[str, nn.Module]]:
    for index, block in enumerate(blocks):
        for role, part in vars(block).items():
            module = part.module if isinstance(part, Norm) else part
            if isinstance(module, nn.Module):
                yield f"{role} of block {index}", module


def _missing_sites(
    module: nn.Module,
    blocks: tuple[BlockLayout, ...],
    ln_pre: nn.Module | None,
    final_norm: Norm | None,
) -> Iterator[tuple[str, str]]:
    if getattr(module, "pos_embed", None) is None:
        yield "hook_pos_embed", "it has no position embedding"
    if ln_pre is None:
        yield "hook_ln_pre", "it has no norm before its first block"
    for index, block in enumerate(blocks):
        yield from _missing_of_norm(block.ln1, f"blocks.{index}.ln1")
        yield from _missing_of_norm(block.ln2, f"blocks.{index}.ln2")
        if type(block.projection) is not nn.Linear:
            yield (
                f"blocks.{index}.attn.hook_result",
                (
                    f"its output projection is a {class_path(block.projection)}, not a "
                    f"plain linear layer that splits into heads"
                ),
            )
    if final_norm is None:
        for kind in ("hook_scale", "hook_normalized", "hook_ln_out"):
            yield f"ln_final.{kind}", "it has no final norm"
    else:
        yield from _missing_of_norm(final_norm, "ln_final")


def _missing_of_norm(norm: Norm, prefix: str) -> Iterator[tuple[str, str]]:
    if norm.kind is None:
        reason = (
            f"how {class_path(norm.module)} normalises is not known here; "
            f"{prefix}.hook_ln_out holds its output"
        )
        yield f"{prefix}.hook_scale", reason
        yield f"{prefix}.hook_normalized", reason


def _config(
    module: nn.Module, blocks: tuple[BlockLayout, ...], parts: Mapping[str, nn.Module]
) -> ViTConfig:
    model, embed = cast("Any", module), cast("Any", parts["patch_embed"])
    image_size = (int(embed.img_size[0]), int(embed.img_size[1]))
    grid = (int(embed.grid_size[0]), int(embed.grid_size[1]))
    prefix = ("cls",) if model.has_class_token else ()
    prefix += tuple(f"reg{index}" for index in range(model.num_reg_tokens))
    return ViTConfig(
        model_class=class_path(module),
        n_layers=len(blocks),
        n_heads=blocks[0].n_heads,
        d_model=int(model.embed_dim),
        d_head=blocks[0].d_head,
        d_mlp=int(cast("Any", blocks[0].down).in_features),
        image_size=image_size,
        patch_size=(image_size[0] // grid[0], image_size[1] // grid[1]),
        grid=grid,
        dynamic_size=bool(model.dynamic_img_size),
        n_channels=_channels(parts["patch_embed"]),
        n_prefix_tokens=len(prefix),
        prefix_names=prefix,
        n_tokens=len(prefix) + grid[0] * grid[1],
        pool=str(model.global_pool),
        n_classes=int(getattr(parts["head"], "out_features", 0)),
        n_params=sum(parameter.numel() for parameter in module.parameters()),
    )


def _channels(patch_embed: nn.Module) -> int:
    """Channels that the first convolution takes (older timm keeps no number)."""
    kernel = next(weight for weight in patch_embed.parameters() if weight.dim() == 4)  # noqa: PLR2004
    return int(kernel.shape[1])
