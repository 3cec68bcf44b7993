"""What the views must show: the attention of a plain module, without vitwidgets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

LEVELS = 255
LOG_DECADES = 3

# Of the 256 colours the nearest is painted, and found again on a bar that is stretched.
COLOUR_ERROR = 1.5 / 255


@dataclass(frozen=True)
class Truth:
    """The attention of a model on a picture, (layer, head, query, key)."""

    attention: np.ndarray
    prefix: int

    def patches(self, query: int, direction: str = "row") -> np.ndarray:
        """Return the attention between a query and each patch, (layer, head, patch)."""
        row = direction == "row"
        to_or_from = self.attention[:, :, query] if row else self.attention[..., query]
        return to_or_from[..., self.prefix :]

    def errors(self, query: int, direction: str = "row") -> np.ndarray:
        """Return how far off 8-bit square roots may be, (layer, head, patch)."""
        largest = self.attention.max(-1)
        row = direction == "row"
        largest = largest[..., [query]] if row else largest[..., self.prefix :]
        # Half a level of the square root of a share, on either side.
        values = self.patches(query, direction)
        return np.sqrt(values * largest) / LEVELS + largest / (4 * LEVELS**2)

    def painted(
        self,
        query: int,
        direction: str = "row",
        scale: str = "linear",
        maximum: str = "head",
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return where values belong on the colour bar, 0 to 1, and their tolerances.

        Both are (layer, head, patch).
        """
        values = self.patches(query, direction)
        errors = self.errors(query, direction)
        axes = -1 if maximum == "head" else None
        top = values.max(axes, keepdims=True)
        # The bar ends at a decoded value too.
        errors = errors + values * errors.max(axes, keepdims=True) / top
        middle = place(values / top, scale)
        above = place((values + errors) / top, scale) - middle
        below = middle - place((values - errors) / top, scale)
        return middle, np.maximum(above, below) + COLOUR_ERROR


def place(share: np.ndarray, scale: str) -> np.ndarray:
    """Return where a share of the maximum belongs on a colour bar."""
    if scale == "log":
        share = 1 + np.log10(np.maximum(share, 1e-30)) / LOG_DECADES
    return share.clip(0, 1)


def attention_of(module: torch.nn.Module, picture: np.ndarray) -> np.ndarray:
    """Return the attention (layer, head, query, key) of a plain module.

    ``picture`` is uint8 (height, width, 3) in the model's own size; mean and standard
    deviation are 0.5.
    """
    pixels = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / 255
    found: list[torch.Tensor] = []
    hooks = []
    for block in module.blocks:
        block.attn.fused_attn = False
        hooks.append(
            block.attn.attn_drop.register_forward_pre_hook(
                lambda _module, inputs: found.append(inputs[0][0].clone())
            )
        )
    with torch.no_grad():
        module((pixels - 0.5) / 0.5)
    for hook in hooks:
        hook.remove()
    return torch.stack(found).numpy()
