"""What decides the trained weights of emoji-clip."""

from __future__ import annotations

from dataclasses import dataclass

from vitwidgets.mice.schedule import Schedule

IMAGE_TOWERS = ("emoji-vit", "random")
"""What the image tower can begin as."""

SIBLINGS = 4
"""How many scenes are made of the same things; see `ClipRecipe.siblings`."""


@dataclass(frozen=True)
class ClipRecipe(Schedule):
    """Everything that decides the trained weights, but the machine's rounding.

    Each scene is used twice, with another caption.

    Attributes
    ----------
    siblings
        Share of scenes that come in fours of the same things, alike but for their
        colours, their numbers or their places, which the captions tell. Among
        strangers the kinds alone tell which caption is whose, and nothing else is
        learned (Yuksekgonul et al. 2023, "When and why vision-language models behave
        like bags-of-words").
    lettered
        Share of scenes with a word written on a label.
    image_tower
        What the image tower begins as: "emoji-vit", or "random".
    """

    steps: int = 5_500
    batch: int = 128
    learning_rate: float = 1e-3
    warmup: int = 200
    cooldown: int = 2_200
    whole: int = 700
    chunk: int = 2048
    siblings: float = 0.5
    lettered: float = 0.2
    image_tower: str = IMAGE_TOWERS[0]

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("siblings", "lettered"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(
                    f"{name} must be from 0 to 1, but is {getattr(self, name)}."
                )
        if self.image_tower not in IMAGE_TOWERS:
            raise ValueError(
                f"image_tower must be {' or '.join(IMAGE_TOWERS)}, but is "
                f"{self.image_tower!r}."
            )
        for name in ("batch", "chunk"):
            if getattr(self, name) % SIBLINGS:
                raise ValueError(
                    f"{name} must be a multiple of {SIBLINGS}, but is "
                    f"{getattr(self, name)}: siblings go together."
                )
