"""What is true of the model at hand, computed when a lesson first needs it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import torch

from vitwidgets.images import prepare_image
from vitwidgets.labels import model_labels
from vitwidgets.methods import (
    LogitLens,
    TunedLens,
    activation_patching,
    shipped_lens,
    smallest_flip,
)
from vitwidgets.models.addresses import Address
from vitwidgets.workshop.checks.check import NotHereError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from vitwidgets.images import ImageSource, Preprocessing
    from vitwidgets.methods.smallest_flip import SmallestFlip
    from vitwidgets.models import ActivationCache, HookedViT
    from vitwidgets.workshop.views import LessonView

MOST_PARTS = 10
"""How many parts a smallest flip may take for a question about it to be asked."""


class Bench:
    """A model, an image, maybe a donor, and the view of them that is open.

    Parameters
    ----------
    view
        The open view.
    model, image, donor
        What it was opened with.
    words
        Over the word lens, the lesson's words: they are the model's classes here.

    Attributes
    ----------
    image
        The image.
    """

    def __init__(
        self,
        view: LessonView,
        model: HookedViT,
        image: ImageSource,
        donor: ImageSource,
        words: Sequence[str] = (),
    ) -> None:
        self.view: Any = view
        self.words = tuple(words)
        self.model = model.with_words(words) if words else model
        self.grid = model.grid
        self.image, self._donor = image, donor
        self._flips: dict[str, SmallestFlip] = {}

    @property
    def class_token(self) -> int:
        """The index of the class token.

        Raises
        ------
        NotHereError
            When the model has none.
        """
        if "cls" not in self.grid.prefix_names:
            raise NotHereError(f"{self.model.name} has no class token")
        return self.grid.prefix_names.index("cls")

    @property
    def patches(self) -> range:
        """Indices of the patches."""
        return range(self.grid.n_prefix_tokens, self.grid.n_tokens)

    @cached_property
    def pixels(self) -> Tensor:
        """The image as the model takes it, ``(1, 3, height, width)``."""
        return self.pixels_of(self.image)

    @cached_property
    def clean(self) -> tuple[Tensor, ActivationCache]:
        """Logits ``(class,)`` and activations of the image."""
        return self._run(self.pixels)

    @cached_property
    def donated(self) -> tuple[Tensor, ActivationCache]:
        """Logits ``(class,)`` and activations of the donor."""
        return self._run(self.pixels_of(self._donor))

    @cached_property
    def statistics(self) -> dict[str, NDArray[Any]]:
        """What was measured of the heads, by name: ``(layer, head)``."""
        found = self.view.measurements.statistics.numbers
        return {name: values.numpy() for name, values in found.items()}

    @cached_property
    def patterns(self) -> list[Tensor]:
        """Attention of the image, block by block: ``(head, query, key)``."""
        names = [f"blocks.{at}.attn.hook_pattern" for at in range(self._n_layers)]
        return [self.clean[1][name][0].float() for name in names]

    @property
    def answer(self) -> int:
        """The class that the model gives the image."""
        return int(self.clean[0].argmax())

    @property
    def runner_up(self) -> int:
        """The next likeliest class."""
        if len(self.clean[0]) < 2:  # noqa: PLR2004
            raise NotHereError(f"{self.model.name} knows one class only")
        return int(self.clean[0].topk(2).indices[1])

    @property
    def donor_answer(self) -> int:
        """The class that the model gives the donor, another than the image's.

        Raises
        ------
        NotHereError
            When it is the same.
        """
        found = int(self.donated[0].argmax())
        if found == self.answer:
            raise NotHereError(
                f"{self.model.name} says {self.named(found)} of both images: open the "
                "lesson with another donor="
            )
        return found

    def named(self, index: int) -> str:
        """Name a class, with its emoji."""
        labels = self._labels
        return f"{labels.emoji[index]} {labels.names[index]}"

    def place_of(self, word: str) -> int:
        """Give the class that a word of the lesson is.

        Raises
        ------
        NotHereError
            When it is none.
        """
        if word not in self.words:
            raise NotHereError(f"“{word}” is none of the lesson's words")
        return self.words.index(word)

    def acting(self) -> list[dict[str, Any]]:
        """Give the view's edits that are switched on; of click-to-patch alone."""
        return [edit for edit in self.view.interventions if edit["switch"] == "on"]

    def told_edits(self) -> str:
        """Say which edits act, for people."""
        acting = self.acting()
        told = [f"{edit['kind']} {edit['address']}{_at(edit)}" for edit in acting[:6]]
        more = f" and {len(acting) - 6} more" if len(acting) > 6 else ""  # noqa: PLR2004
        return f"{', '.join(told)}{more}" or "no edit"

    def told_answer(self) -> str:
        """Say what the model says with the view's edits."""
        prediction = self.view.prediction
        percent = 100 * float(prediction.probabilities[prediction.top])
        return self.says(prediction.top, f"{percent:.0f}")

    def says(self, index: int, percent: str) -> str:
        """Say that the model says a class."""
        return f"the model says {self.named(index)} ({percent} %)"

    def layer_name(self, layer: int) -> str:
        """Name a layer of a lens for people."""
        return "the embedding" if layer < 0 else f"block {layer}"

    def first_answers(self, *, tuned: bool = False) -> Tensor:
        """Give the class that each token says at each layer, the embedding first.

        Returns
        -------
        Tensor
            int64 ``(layer, token)``.

        Raises
        ------
        NotHereError
            When there is no tuned lens for the model.
        """
        if not tuned:
            return self._says[0]
        if self._tuned is None:
            raise NotHereError(f"there is no tuned lens for {self.model.name}")
        lens = LogitLens(self.model, self.clean[1], translators=self._tuned)
        return lens.readings(top=1).top_classes[0, :, :, 0]

    @property
    def entropy(self) -> Tensor:
        """How unsure each token is at each layer, in nats: ``(layer, token)``."""
        return self._says[1]

    @cached_property
    def effects(self) -> NDArray[Any]:
        """What copying each head from the donor does: ``(layer, head)``.

        The difference of the two answers' logits: 0 as in the image's own run, 1 as in
        the donor's.
        """
        _ = self.donor_answer
        sweep = activation_patching(
            self.model, self.clean[1], self.donated[1], over="heads"
        )
        sweep.run()
        return sweep.values.numpy()

    def smallest_flip(self, over: str) -> SmallestFlip:
        """Find the fewest heads or patches that bring the donor's answer.

        Raises
        ------
        NotHereError
            When `MOST_PARTS` don't.
        """
        if over not in self._flips:
            self._flips[over] = smallest_flip(
                self.model,
                self.clean[1],
                self.donated[1],
                self.donor_answer,
                over=cast("Any", over),
                limit=MOST_PARTS,
            )
        found = self._flips[over]
        if not found.found:
            raise NotHereError(
                f"{MOST_PARTS} {over} were not found to make {self.model.name} say "
                f"{self.named(self.donor_answer)}"
            )
        return found

    @property
    def _n_layers(self) -> int:
        return self.model.config.n_layers

    @cached_property
    def _labels(self) -> Any:
        return model_labels(self.model)

    @cached_property
    def _tuned(self) -> TunedLens | None:
        return shipped_lens(self.model)

    @cached_property
    def _says(self) -> tuple[Tensor, Tensor]:
        found = LogitLens(self.model, self.clean[1]).readings(top=1)
        return found.top_classes[0, :, :, 0], found.entropy[0]

    def pixels_of(self, image: ImageSource) -> Tensor:
        """Prepare an image as the model takes it, ``(1, 3, height, width)``."""
        preprocessing = cast("Preprocessing", self.model.preprocessing)
        pixels = prepare_image(image, preprocessing).pixels
        return pixels.to(next(self.model.module.parameters()))

    def _run(self, pixels: Tensor) -> tuple[Tensor, ActivationCache]:
        with torch.no_grad():
            logits, cache = self.model.run_with_cache(pixels)
        return logits[0].float(), cache


def head_name(layer: int, head: int) -> str:
    """Name a head for people: ``L3.H1``."""
    return str(Address(layer, "z", head))


def _at(edit: dict[str, Any]) -> str:
    tokens = edit["tokens"]
    if not tokens:
        return ""
    return f"@{tokens[0]}" if len(tokens) == 1 else f" at {len(tokens)} tokens"
