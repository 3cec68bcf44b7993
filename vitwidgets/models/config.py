"""The numbers that describe a hooked model."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ViTConfig:
    """Sizes of a vision transformer, at its own image size, or of a text tower.

    A text is laid out as an image of one row, each token a patch of one pixel.

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
        Whether images of other sizes (or shorter texts) are taken too.
    n_channels
        Channels of the input; 0 for texts.
    n_prefix_tokens, prefix_names
        The tokens before the first patch, such as ``("cls", "reg0")``.
    n_tokens
        Prefix tokens and patches.
    pool
        How tokens become one vector: ``"token"``, ``"avg"``, ``"avgmax"``, ``"max"``,
        ``"map"``, ``"prr"``, ``"class_attention"`` (of a class token that is not among
        the tokens of the blocks), or ``""`` where they stay apart. Vision encoders of
        language models make fewer tokens of them: ``"merge"`` (Qwen3-VL), ``"align"``
        (DeepSeek) and ``"soft"`` (Gemma 4).
    n_classes
        Number of logits; 0 for a model without a classifier.
    n_params
        Number of parameters.
    n_words, context_length
        Of a text tower: number of token ids, and length of a text; 0 for images.
    window_sizes
        Patches along a side of the windows of each block's attention, 0 for a block
        whose attention is to all; empty for a model without windows.
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
    n_words: int = 0
    context_length: int = 0
    window_sizes: tuple[int, ...] = ()

    @property
    def takes(self) -> str:
        """What it takes, in words."""
        if self.n_words:
            return f"texts of {self.context_length} token ids below {self.n_words}"
        prefix = " + ".join(self.prefix_names) or "no prefix token"
        return (
            f"{self.image_size[0]} x {self.image_size[1]} pixels in {self.grid[0]} x "
            f"{self.grid[1]} patches, {prefix}"
        )

    def window_size(self, layer: int) -> int:
        """Patches along a side of a block's windows, 0 if it attends to all."""
        return self.window_sizes[layer] if self.window_sizes else 0
