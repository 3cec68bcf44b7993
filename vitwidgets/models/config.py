"""The numbers that describe a hooked model."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ViTConfig:
    """Sizes of a vision transformer, at its own image size.

    Attributes
    ----------
    model_class
        Class of the module, with its package.
    n_layers, n_heads
        Number of blocks, and of attention heads in each.
    d_model, d_head, d_mlp
        Width of the residual stream, of a head, and of the hidden layer of the MLPs.
    image_size, patch_size, grid
        Pixels (height, width) of the input and of a patch; patches (rows, columns).
    dynamic_size
        Whether images of other sizes are taken too.
    n_channels
        Channels of the input.
    n_prefix_tokens, prefix_names
        The tokens before the first patch, such as ``("cls", "reg0")``.
    n_tokens
        Prefix tokens and patches.
    pool
        How tokens become one vector: ``"token"``, ``"avg"``, ``"avgmax"``, ``"max"``,
        ``"map"``, ``"prr"``, or ``""`` where they stay apart.
    n_classes
        Number of logits; 0 for a model without a classifier.
    n_params
        Number of parameters.
    """

    model_class: str
    n_layers: int
    n_heads: int
    d_model: int
    d_head: int
    d_mlp: int
    image_size: tuple[int, int]
    patch_size: tuple[int, int]
    grid: tuple[int, int]
    dynamic_size: bool
    n_channels: int
    n_prefix_tokens: int
    prefix_names: tuple[str, ...]
    n_tokens: int
    pool: str
    n_classes: int
    n_params: int
