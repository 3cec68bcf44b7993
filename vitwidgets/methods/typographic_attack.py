"""A word written on a picture, and how often a model believes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from vitwidgets.methods.image_stream import each_image
from vitwidgets.methods.intervening.requirements import require_classes
from vitwidgets.methods.typography.pictures import (
    answers,
    labelled,
    preprocessing_of,
    seen_pictures,
)
from vitwidgets.methods.typography.share import Share
from vitwidgets.models.caching.index_checks import index_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from vitwidgets.images.lettering import Place
    from vitwidgets.methods.image_stream import Images
    from vitwidgets.methods.typography.pictures import LabelledPictures
    from vitwidgets.models import HookedViT


@dataclass(frozen=True, eq=False, repr=False)
class TypographicAttack:
    """What a model says of pictures before and after a wrong word is written on them.

    Attributes
    ----------
    words
        The model's classes.
    true, written
        int64 ``(image,)``: what is in each picture, and what is written on it.
    plain, blank, lettered
        int64 ``(image,)``: what the model says of the picture as it is, with a blank
        piece of paper, and with the word on that paper.
    pictures
        The pictures.
    """

    words: tuple[str, ...]
    true: Tensor
    written: Tensor
    plain: Tensor
    blank: Tensor
    lettered: Tensor
    pictures: LabelledPictures

    @property
    def right(self) -> Tensor:
        """Bool ``(image,)``: whether it is right before anything is written."""
        return self.plain == self.true

    @property
    def flipped(self) -> Tensor:
        """Bool ``(image,)``: whether it was right, and then says what is written."""
        return self.right & (self.lettered == self.written)

    @property
    def accuracy(self) -> Share:
        """Of all pictures, on how many it is right as they are."""
        return self._of_all(self.right)

    @property
    def flips(self) -> Share:
        """Of those on which it was right, how many are now called what is written."""
        return self._of_right(self.lettered == self.written)

    @property
    def still_right(self) -> Share:
        """Of the same, how many are still called what they are."""
        return self._of_right(self.lettered == self.true)

    @property
    def flips_by_paper(self) -> Share:
        """Of the same, how many are called what is *not* written on blank paper."""
        return self._of_right(self.blank == self.written)

    @property
    def right_with_paper(self) -> Share:
        """Of the same, how many are called what they are with blank paper on them."""
        return self._of_right(self.blank == self.true)

    def __repr__(self) -> str:
        return "\n".join(
            (
                f"TypographicAttack on {len(self.true)} pictures",
                f"right as they are: {self.accuracy}",
                "of these, with a wrong word written on them",
                f"  named as written: {self.flips}",
                f"  still right: {self.still_right}",
                "of these, with the same paper left blank",
                f"  named as would have been written: {self.flips_by_paper}",
                f"  still right: {self.right_with_paper}",
            )
        )

    def _of_all(self, cases: Tensor) -> Share:
        return Share(int(cases.sum()), len(cases))

    def _of_right(self, cases: Tensor) -> Share:
        return self._of_all(cases[self.right])


def typographic_attack(
    model: HookedViT,
    images: Images,
    labels: Sequence[int | str],
    *,
    written: Sequence[int | str] | int | str | None = None,
    place: Place = "bottom",
    area: float = 0.1,
    seed: int = 0,
    batch_size: int = 32,
) -> TypographicAttack:
    """Write a wrong word on each picture, and see if the model reads it out.

    Goh et al., "Multimodal Neurons in Artificial Neural Networks" (2021): an apple with
    a note "iPod" on it is an iPod to CLIP. As the paper hides a part of the picture,
    each is also shown with the same paper left blank.

    Parameters
    ----------
    model
        A model whose classes are words: ``clip.with_words([...])``, or any classifier
        with ``class_names``, to compare it with. What is written are these names.
    images
        Pictures, as `read_image` takes them, one for each label: a list, a folder.
    labels
        What is in each picture: a class's name or index.
    written
        What to write on each; one for all; None for a class drawn for each at random
        among the wrong ones.
    place, area
        Where, and how large, as for `write_label`. It is written on what is left of the
        picture after the model's crop.
    seed
        Of the words that are drawn.
    batch_size
        Images run at a time.

    Raises
    ------
    UnsupportedModelError
        If the model has no classes.
    ValueError
        If its classes have no names; there are not as many labels as images, none at
        all, or the model is right on none; a class has no such name, or the word that
        is written is the true one; or as `write_label` does.
    ImageError
        If an image can't be read.
    """
    require_classes(model)
    words = _names(model)
    pictures = seen_pictures(each_image(images), preprocessing_of(model))
    true = _classes(words, labels)
    if len(true) != len(pictures) or not len(true):
        raise ValueError(
            f"there are {len(pictures)} images and {len(true)} labels: give one label "
            f"an image, and one image at least"
        )
    wrong = _written(words, true, written, seed)
    labels_of = [words[int(index)] for index in wrong]
    three = labelled(pictures, labels_of, place=place, area=area)
    plain, blank, lettered = (
        answers(model, each, batch_size=batch_size)
        for each in (three.plain, three.blank, three.lettered)
    )
    found = TypographicAttack(words, true, wrong, plain, blank, lettered, three)
    if not bool(found.right.any()):
        raise ValueError(
            f"{model.name} is right on none of the {len(true)} pictures as they are, "
            f"so no answer can flip: give other pictures, words or labels"
        )
    return found


def _names(model: HookedViT) -> tuple[str, ...]:
    if model.class_names is None:
        raise ValueError(
            f"the classes of {model.name} have no names, so there is nothing to write: "
            f"give HookedViT(module, class_names=...), or a CLIP's with_words([...])"
        )
    return model.class_names


def _classes(words: tuple[str, ...], given: Sequence[int | str]) -> Tensor:
    return torch.tensor([_class(words, each) for each in given], dtype=torch.int64)


def _class(words: tuple[str, ...], given: int | str) -> int:
    if not isinstance(given, str):
        return index_of("class", given, len(words))
    if given not in words:
        some = ", ".join(words[:10]) + (", ..." if len(words) > 10 else "")  # noqa: PLR2004
        raise ValueError(f"there is no class {given!r:.100}; there are {some}")
    return words.index(given)


def _written(
    words: tuple[str, ...],
    true: Tensor,
    given: Sequence[int | str] | int | str | None,
    seed: int,
) -> Tensor:
    """Give the class whose name is written on each picture."""
    if given is None:
        rng = np.random.default_rng(seed)
        steps = rng.integers(1, len(words), size=len(true))
        return (true + torch.from_numpy(steps)) % len(words)  # pyright: ignore[reportUnknownMemberType]
    one_for_all = isinstance(given, (str, int))
    chosen = _classes(words, [given] * len(true) if one_for_all else given)
    if len(chosen) != len(true):
        raise ValueError(
            f"there are {len(chosen)} words to write on {len(true)} pictures: give one "
            f"a picture, or one for all"
        )
    same = (chosen == true).nonzero().flatten()
    if len(same):
        first = int(same[0])
        raise ValueError(
            f"{words[int(true[first])]!r} is what picture {first} shows: give a wrong "
            f"word to write on it"
        )
    return chosen
