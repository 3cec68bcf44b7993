"""The tap of a norm: its scale, its normalised value and its output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from vitwidgets.models import derivation
from vitwidgets.models.tap import Tap, Visitor

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.models.parts import Norm


def norm_tap(norm: Norm, prefix: str) -> Tap:
    """Give the tap of a norm whose sites are called ``<prefix>.hook_...``."""
    scale_site, value_site = f"{prefix}.hook_scale", f"{prefix}.hook_normalized"
    out_site = f"{prefix}.hook_ln_out"

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
            value = torch.where(new_scale != scale, rescaled, plain)
        value = run.visit(value_site, value)
        if value is plain:
            return out
        # Only what changed is recomputed: the module's own kernel rounds differently.
        changed = derivation.affine(norm.module, value, out.dtype)
        return torch.where(value != plain, changed, out)

    return Tap(norm.module, False, handler, (scale_site, value_site, out_site))
