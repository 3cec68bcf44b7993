"""How long, how fast and in what portions a model is trained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """What recipes have in common.

    The learning rate rises over `warmup` steps, stays, and falls linearly to zero
    over the last `cooldown` steps (Zhai et al. 2022, "Scaling Vision Transformers").
    Most of the time the model sees a random part of the patches only (Liu et al.
    2023, "PatchDropout"), which nearly doubles the speed.

    Attributes
    ----------
    seed
        Of initial weights, scenes, their order and hidden patches.
    steps, batch
        Number of updates, and scenes in each.
    learning_rate, weight_decay, warmup, cooldown, gradient_norm
        Of AdamW; the last is where gradients are clipped.
    hidden_patches
        Share of patches hidden at random, until the last steps.
    whole
        How many steps at the end see all patches.
    chunk
        Scenes rendered at a time. Each is used twice.
    """

    seed: int = 0
    steps: int = 6_500
    batch: int = 128
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    warmup: int = 500
    cooldown: int = 2_500
    gradient_norm: float = 1.0
    hidden_patches: float = 0.5
    whole: int = 800
    chunk: int = 4096

    def __post_init__(self) -> None:
        for name in ("seed", "warmup", "cooldown", "whole"):
            if getattr(self, name) < 0:
                raise ValueError(
                    f"{name} must not be negative, but is {getattr(self, name)}."
                )
        for name in ("steps", "batch", "chunk"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"{name} must be at least 1, but is {getattr(self, name)}."
                )
        if not 0 <= self.hidden_patches < 1:
            raise ValueError(
                "hidden_patches must be at least 0 and below 1, but is "
                f"{self.hidden_patches}."
            )
        if self.warmup + self.cooldown > self.steps:
            raise ValueError(
                f"warm-up ({self.warmup}) and cooldown ({self.cooldown}) don't fit "
                f"into {self.steps} steps: train longer or shorten them."
            )
        if self.whole > self.cooldown:
            raise ValueError(
                f"steps that see all patches ({self.whole}) are the last of the "
                f"cooldown ({self.cooldown}), so there can't be more of them."
            )
        if (2 * self.chunk) % self.batch:
            raise ValueError(
                f"twice the chunk ({self.chunk}) must be a multiple of the batch "
                f"({self.batch})."
            )

    @property
    def stable_until(self) -> int:
        """The step at which the cooldown begins."""
        return self.steps - self.cooldown

    def rate_at(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        rise = min(1.0, (step + 1) / max(1, self.warmup))
        fall = min(1.0, (self.steps - step) / max(1, self.cooldown))
        return self.learning_rate * min(rise, fall)
