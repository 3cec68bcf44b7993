"""The piece of a norm: its scale, its normalised value and its output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.models.class_path import class_path
from vitwidgets.models.interception.tap import Tap, Visitor
from vitwidgets.models.pieces import derivation
from vitwidgets.models.pieces.merging import merged
from vitwidgets.models.pieces.norm_kinds import NORMS
from vitwidgets.models.pieces.parts import Norm, Piece
from vitwidgets.models.pieces.recipes import Recipe

if TYPE_CHECKING:
    from torch import Tensor, nn


def known_norm(module: nn.Module) -> Norm:
    """Give a norm, with what it computes where that is known."""
    kind = NORMS.get(class_path(module))
    shape = getattr(module, "normalized_shape", ())
    return Norm(module, kind if len(shape) == 1 else None)


def norm_piece(norm: Norm, prefix: str, source: str | None) -> Piece:
    """Give the piece of a norm whose sites are called ``<prefix>.hook_...``.

    Parameters
    ----------
    norm
        The norm.
    prefix
        Such as ``blocks.3.ln1``.
    source
        The site that it takes; None where what it takes is no site.
    """
    names = _names(prefix)
    tap = Tap(norm.module, False, _handler(norm, names), names)
    missing: dict[str, str] = {}
    if norm.kind is None:
        reason = (
            f"how {class_path(norm.module)} normalises is not known here; "
            f"{names[2]} holds its output"
        )
        missing = dict.fromkeys(names[:2], reason)
    recipes = {} if source is None else _recipes(norm, names, source)
    return Piece((tap,), recipes, missing, frozenset(missing))


def _names(prefix: str) -> tuple[str, str, str]:
    return (
        f"{prefix}.hook_scale",
        f"{prefix}.hook_normalized",
        f"{prefix}.hook_ln_out",
    )


def _handler(norm: Norm, names: tuple[str, str, str]):  # noqa: ANN202
    scale_site, value_site, out_site = names

    def handler(run: Visitor, out: Tensor, x: Tensor) -> Tensor:
        if run.wants(scale_site, value_site):
            out = rescaled(run, out, x)
        return run.visit(out_site, out)

    def rescaled(run: Visitor, out: Tensor, x: Tensor) -> Tensor:
        kind = norm.kind
        if kind is None:  # the layout lists no such sites then
            return out
        scale = derivation.norm_scale(norm.module, kind, x)
        new_scale = run.visit(scale_site, scale)
        plain = derivation.normalized(norm.module, kind, x)
        value = plain
        if new_scale is not scale:
            rescaled = derivation.normalized_with(new_scale, kind, x)
            value = merged(new_scale != scale, rescaled, plain)
        value = run.visit(value_site, value)
        if value is plain:
            return out
        # Only what changed is recomputed: the module's own kernel rounds differently.
        changed = derivation.affine(norm.module, value, out.dtype)
        return merged(value != plain, changed, out)

    return handler


def _recipes(norm: Norm, names: tuple[str, str, str], source: str) -> dict[str, Recipe]:
    scale, value, out = names
    module, kind = norm.module, norm.kind
    # Module.forward rather than a call, which would run the hooks on the module.
    found = {out: Recipe((source,), module.forward, (module,), (scale, value))}
    if kind is None:
        return found

    def scale_of(x: Tensor) -> Tensor:
        return derivation.norm_scale(module, kind, x)

    def value_of(x: Tensor) -> Tensor:
        return derivation.normalized(module, kind, x)

    found[scale] = Recipe((source,), scale_of, (module,))
    found[value] = Recipe((source,), value_of, (module,), (scale,))
    return found
