"""What decides the trained weights."""

from __future__ import annotations

from dataclasses import dataclass

from .schedule import Schedule


@dataclass(frozen=True)
class Recipe(Schedule):
    """Everything that decides the trained weights, but the machine's rounding.

    Each scene is used as it is and mirrored.

    Attributes
    ----------
    contested
        Share of scenes with a second object that rivals the largest, over and above
        chance; see `render_batch`.
    """

    contested: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.contested <= 1:
            raise ValueError(f"contested must be from 0 to 1, but is {self.contested}.")
