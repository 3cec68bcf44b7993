"""What the page of a lens asks, answered; and answered ahead for a saved page."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, cast

import numpy as np

from vitwidgets.labels.sprites import sprites_answer
from vitwidgets.widgets.exported_page import KeptAnswer
from vitwidgets.wire import Answer, BadRequestError, checked_index

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from vitwidgets.widgets.lens.source import LensSource
    from vitwidgets.widgets.lens.truth import LensTruth

PAGE_BYTES = 1_150_000
"""What a saved page holds before it is packed, which makes 1.5 MB at most of a picture
in 14 x 14 patches: maps of all classes of emoji-vit, of a few of ImageNet's."""

_SPRITE_BYTES = 1_000
"""Of a drawing, on average."""


SPRITES_IN_A_PAGE = 300
"""Drawings that a saved page holds, of the emoji that are seen most often; where no
font has the others either, they show as dots."""

_MAP_BYTES = 8
"""Of a token's logit and rank."""


class LensAnswers:
    """Answers about one model on one image.

    Parameters
    ----------
    source
        What lenses read.
    truth
        Where things truly are.
    """

    def __init__(self, source: LensSource, truth: LensTruth) -> None:
        self._source = source
        self._truth = truth

    def lens(self, lens: str, norm: str) -> Answer:
        """Answer with what a lens reads everywhere."""
        self._check_way(lens, norm)
        return Answer(arrays=self._source.encoded(lens, norm))

    def class_map(self, lens: str, norm: str, target: object) -> Answer:
        """Answer with one class's logits and ranks everywhere."""
        self._check_way(lens, norm)
        index = checked_index("target", target, len(self._source.labels))
        return Answer(arrays=self._source.class_map(lens, norm, index))

    def overlap(self, lens: str, norm: str, classes: object) -> Answer:
        """Answer how well the mask of a set of classes fits the truth, by layer."""
        self._check_way(lens, norm)
        if not isinstance(classes, list):
            raise BadRequestError(f"classes={classes!r:.100}: a list of classes")
        chosen = [
            checked_index("class", each, len(self._source.labels))
            for each in cast("list[object]", classes)
        ]
        read = self._source.readings(lens, norm)
        names: list[str] = self._truth.names(chosen)
        return Answer({"truth": names}, dict(self._truth.overlap(read, chosen)))

    def sprites(self) -> Answer:
        """Answer with drawings of every emoji of the model's classes."""
        labels = self._source.labels
        return _sprites([*labels.emoji, *labels.superclass_emoji])

    def kept_classes(
        self, first: Sequence[int], lens: str, norm: str, ways: int
    ) -> list[int]:
        """Name the classes whose maps a page holds: these, then what most patches say.

        Then the others, as long as there is room.

        Parameters
        ----------
        first
            Those that come first; -1 is none.
        lens, norm
            What the likeliest are taken from.
        ways
            How many pairs of a lens and a norm the page holds.
        """
        likeliest = self._source.readings(lens, norm).top_classes[0, ..., 0]
        found, counts = np.unique(likeliest.cpu().numpy(), return_counts=True)
        by_count = found[np.argsort(-counts, kind="stable")].tolist()
        shown = list(dict.fromkeys(each for each in first if each >= 0))
        rest = range(len(self._source.labels))
        classes = list(dict.fromkeys([*shown, *by_count, *rest]))
        read = sum(each.nbytes for each in self._source.encoded(lens, norm).values())
        room = PAGE_BYTES - self._bytes_of_all() - ways * read
        fitting = room // (ways * _MAP_BYTES * likeliest.numel())
        return classes[: max(len(shown), fitting)]

    def _bytes_of_all(self) -> int:
        """Return about how much a page holds besides what lenses read."""
        labels = self._source.labels
        drawn = min(SPRITES_IN_A_PAGE, len(set(labels.emoji)))
        texts = (*labels.names, *labels.descriptions, *labels.emoji)
        words = sum(len(text) for text in texts)
        return self._source.run.facts["picture"].nbytes + words + _SPRITE_BYTES * drawn

    def kept(
        self,
        ways: Sequence[tuple[str, str]],
        opening: tuple[str, str],
        classes: Sequence[int],
        mask: list[int],
    ) -> Iterator[KeptAnswer]:
        """Answer ahead.

        Parameters
        ----------
        ways
            Pairs of a lens and a norm.
        opening
            The one that is among the page's state.
        classes
            Those whose maps are wanted.
        mask
            The set of classes that is compared with the truth.
        """
        for lens, norm in ways:
            way = {"lens": lens, "norm": norm}
            if (lens, norm) != opening:
                yield KeptAnswer("lens", way, self.lens(lens, norm))
            maps = self._source.class_maps(lens, norm, classes)
            for each, arrays in zip(classes, maps, strict=True):
                answer = Answer(arrays=arrays)
                yield KeptAnswer("class", {**way, "target": each}, answer)
            if mask:
                wanted = {**way, "classes": mask}
                yield KeptAnswer("overlap", wanted, self.overlap(lens, norm, mask))
        yield KeptAnswer("sprites", {}, self._sprites_of(ways, classes))

    def _sprites_of(
        self, ways: Iterable[tuple[str, str]], classes: Iterable[int]
    ) -> Answer:
        """Draw what a page shows: emoji of all of 1,000 classes would be large."""
        labels = self._source.labels
        counts: Counter[str] = Counter()
        for lens, norm in ways:
            read = self._source.readings(lens, norm)
            for each in (read.top_classes, read.followed_classes):
                seen = cast("list[int]", each.cpu().numpy().ravel().tolist())
                counts.update(labels.emoji[index] for index in seen)
        own: list[int] = self._source.output()[0].tolist()
        first = [labels.emoji[each] for each in (*own, *classes)]
        often = [emoji for emoji, _ in counts.most_common(SPRITES_IN_A_PAGE)]
        return _sprites([*first, *labels.superclass_emoji, *often])

    def _check_way(self, lens: object, norm: object) -> None:
        for name, value, known in (
            ("lens", lens, self._source.lenses),
            ("norm", norm, self._source.norms),
        ):
            if value not in known:
                raise BadRequestError(f"{name}={value!r:.100}: {', '.join(known)}")


def _sprites(emoji: Iterable[str]) -> Answer:
    result, arrays = sprites_answer(list(dict.fromkeys(emoji)))
    return Answer(result, dict(arrays))
