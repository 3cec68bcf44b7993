"""What decides the weights of the biased mouse."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BiasedRecipe:
    """Everything that decides the weights, but emoji-vit's and the machine's rounding.

    Attributes
    ----------
    seed
        Of scenes and their order.
    scenes, passes
        How many different scenes, and how often each is seen.
    paired
        Share of scenes with banana and monkey.
    batch, learning_rate, weight_decay
        Of AdamW; the rate falls linearly to zero.
    """

    seed: int = 0
    scenes: int = 5_000
    passes: int = 2
    paired: float = 0.12
    batch: int = 64
    learning_rate: float = 6e-4
    weight_decay: float = 0.01

    def __post_init__(self) -> None:
        for name in ("scenes", "passes", "batch"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"{name} must be at least 1, but is {getattr(self, name)}."
                )
        if self.seed < 0:
            raise ValueError(f"seed must not be negative, but is {self.seed}.")
        if not 0 <= self.paired <= 1:
            raise ValueError(f"paired must be from 0 to 1, but is {self.paired}.")
