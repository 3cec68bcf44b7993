"""Whether a model has patterns that say which token attends to which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from vitwidgets.models import HookedViT

_OTHERWISE = {
    "attn1.hook_pattern": (
        "its blocks have several attentions side by side, and heads of the same number"
    ),
    "attn.hook_diff_pattern": "its heads attend by the difference of two patterns",
    "attn.hook_mixed_pattern": "its heads mix their patterns with each other's",
}


def require_plain_patterns(model: HookedViT) -> None:
    """Raise if the heads' patterns are not one ``token x token`` square for each head.

    Raises
    ------
    UnsupportedModelError
        With the reason.
    """
    reason = _reason(model)
    if reason is not None:
        raise UnsupportedModelError(
            f"{model.name} has no pattern from each token of an image to each, by "
            f"head: {reason}. This needs a model with plain attention among all tokens"
        )


def _reason(model: HookedViT) -> str | None:
    config, sites = model.config, frozenset(model.sites)
    if config.n_words:
        return "it reads texts"
    if any(config.window_sizes):
        return "most of its blocks attend within windows"
    for suffix, reason in _OTHERWISE.items():
        if in_block(0, suffix) in sites:
            return reason
    for layer in range(config.n_layers):
        if in_block(layer, "attn.hook_pattern") not in sites:
            return f"that of block {layer} can't be read"
    return None
