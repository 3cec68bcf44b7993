"""Which sites follow bit for bit from others, so that a cache need not hold them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

from torch import Tensor, nn

from vitwidgets.models import derivation
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from vitwidgets.models.parts import BlockLayout, Layout, Norm

Compute: TypeAlias = Callable[..., Tensor]


@dataclass(frozen=True)
class Recipe:
    """How a site follows from others.

    Attributes
    ----------
    sources
        The sites that it follows from.
    compute
        Their values in order -> its value.
    modules
        Modules whose code or weights `compute` uses.
    unless_edited
        Sites that must not have been replaced, besides the site itself.
    is_sum
        Whether the site takes no more room than each of its two sources.
    """

    sources: tuple[str, ...]
    compute: Compute
    modules: tuple[nn.Module, ...] = ()
    unless_edited: tuple[str, ...] = ()
    is_sum: bool = False


def recipes_of(layout: Layout) -> Mapping[str, Recipe]:
    """Give every recipe of a model, by the name of the site that it gives."""
    found: dict[str, Recipe] = {}
    for layer, block in enumerate(layout.blocks):
        for suffix, recipe in _of_block(block, layer):
            found[in_block(layer, suffix)] = recipe
    last = in_block(len(layout.blocks) - 1, "hook_resid_post")
    if layout.final_norm is not None:
        source = "hook_pooled" if layout.norm_after_pool else last
        found.update(_of_norm(layout.final_norm, source, "ln_final"))
    return {name: recipe for name, recipe in found.items() if name in layout.sites}


def weights_of(
    recipes: Mapping[str, Recipe],
) -> Mapping[int, tuple[tuple[nn.Module, str], ...]]:
    """Give the weights that recipes compute with, by the id of the recipe's module."""
    found: dict[int, tuple[tuple[nn.Module, str], ...]] = {}
    for recipe in recipes.values():
        for module in recipe.modules:
            found[id(module)] = tuple(
                (owner, name)
                for owner in module.modules()
                for name, _ in owner.named_parameters(recurse=False)
            )
    return {key: weights for key, weights in found.items() if weights}


def _of_block(block: BlockLayout, layer: int) -> Iterator[tuple[str, Recipe]]:
    def name(suffix: str) -> str:
        return in_block(layer, suffix)

    pre, mid = name("hook_resid_pre"), name("hook_resid_mid")
    yield (
        "hook_resid_mid",
        Recipe((pre, name("hook_attn_out")), Tensor.add, is_sum=True),
    )
    for role, norm, source in (("ln1", block.ln1, pre), ("ln2", block.ln2, mid)):
        for site, recipe in _of_norm(norm, source, name(role)):
            yield site.removeprefix(name("")), recipe
    for letter, norm in (("q", block.q_norm), ("k", block.k_norm)):
        yield (
            f"attn.hook_rot_{letter}",
            Recipe((name(f"attn.hook_{letter}"),), _normed_operand(norm), (norm,)),
        )
    scores = name("attn.hook_attn_scores")
    operands = (name("attn.hook_rot_q"), name("attn.hook_rot_k"))
    yield "attn.hook_attn_scores", Recipe(operands, _scores(block.scale))
    yield "attn.hook_pattern", Recipe((scores,), _softmax)
    z = name("attn.hook_z")
    if block.mix_is_z:
        yield "attn.hook_attn_mix", Recipe((z,), _same, (block.inner_norm,), (z,))
    if type(block.projection) is nn.Linear:
        projection = block.projection
        yield "attn.hook_result", Recipe((z,), _results(projection), (projection,))
    if not block.mlp_gated:
        inner = block.mlp_inner_norm or nn.Identity()
        yield (
            "mlp.hook_post",
            Recipe(
                (name("mlp.hook_pre"),),
                _activated(block.activation, inner),
                (block.activation, inner),
            ),
        )


def _of_norm(norm: Norm, source: str, prefix: str) -> Iterator[tuple[str, Recipe]]:
    module, kind = norm.module, norm.kind
    scale, value = f"{prefix}.hook_scale", f"{prefix}.hook_normalized"
    # Module.forward rather than a call, which would run the hooks on the module.
    yield (
        f"{prefix}.hook_ln_out",
        Recipe((source,), module.forward, (module,), (scale, value)),
    )
    if kind is None:
        return

    def scale_of(x: Tensor) -> Tensor:
        return derivation.norm_scale(module, kind, x)

    def value_of(x: Tensor) -> Tensor:
        return derivation.normalized(module, kind, x)

    yield scale, Recipe((source,), scale_of, (module,))
    yield value, Recipe((source,), value_of, (module,), (scale,))


def _normed_operand(norm: nn.Module) -> Compute:
    def compute(by_token: Tensor) -> Tensor:
        out = cast("Tensor", norm.forward(by_token.transpose(1, 2)))
        return out.transpose(1, 2)

    return compute


def _scores(scale: float) -> Compute:
    def compute(q: Tensor, k: Tensor) -> Tensor:
        return derivation.attention_scores(q.transpose(1, 2), k.transpose(1, 2), scale)

    return compute


def _softmax(scores: Tensor) -> Tensor:
    return scores.softmax(-1)


def _same(value: Tensor) -> Tensor:
    return value


def _results(projection: nn.Linear) -> Compute:
    def compute(z: Tensor) -> Tensor:
        return derivation.head_results(z, projection)

    return compute


def _activated(activation: nn.Module, inner: nn.Module) -> Compute:
    def compute(pre: Tensor) -> Tensor:
        return cast("Tensor", inner.forward(activation.forward(pre)))

    return compute
