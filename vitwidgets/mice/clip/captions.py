"""Captions that are true of their scenes, and ones that are wrong by one word."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

from vitwidgets.mice.scenes import SIDE
from vitwidgets.mice.vocabulary import VOCABULARY

from .colours import COLOURS
from .phrases import joined, label, noun_phrase

if TYPE_CHECKING:
    import numpy as np

    from .captioned_scenes import CaptionedScene, Group

OPPOSITES = {
    "left of": "right of",
    "right of": "left of",
    "above": "below",
    "below": "above",
}
"""The words for where one thing is of another, each with its contrary."""

FRAMES = ("{}", "{}.", "a picture of {}", "a photo of {}.", "an emoji scene of {}")
"""What captions put around what they say."""

GAP = 8.0
"""Pixels, a patch: how far centres are apart at least where a caption says so."""

_EDGE = 0.4  # of the picture: what is "on the left" has its centre in this part
_PLACES = ("on the left", "on the right", "at the top", "at the bottom")  # in pairs
_MOST = 3
_FRAME_ODDS = (0.4, 0.15, 0.15, 0.15, 0.15)
_FIRST_ODDS = 0.85  # that a caption of one group is of that with the largest object
_COLOUR_ODDS = {True: 0.7, False: 0.25}  # that a painted, a natural colour is told
_LABEL_ODDS = 0.15


def caption(
    rng: np.random.Generator, scene: CaptionedScene, about: str | None = None
) -> str:
    """Write a caption that is true of a scene.

    Parameters
    ----------
    rng
        Source of every random choice.
    scene
        The scene.
    about
        One of `captioned_scenes.ABOUT`, to tell what makes the difference between
        siblings: all things with their number and painted colour, or, for "place",
        where they are. None for whatever comes to mind.
    """
    detailed = about is not None
    if not detailed and rng.random() < _LABEL_ODDS and _labelled(scene.groups[0]):
        group = scene.groups[0]
        told = rng.random() < _COLOUR_ODDS[group.shown.painted]
        return label(group.name, group.shown.colour if told else None)
    said = _said(rng, scene, about)
    return FRAMES[int(rng.choice(len(FRAMES), p=_FRAME_ODDS))].format(said)


def relations(scene: CaptionedScene) -> list[tuple[Group, str, Group]]:
    """Find all that is left of, right of, above or below something else.

    Each thing of the one group is, by its centre, at least `GAP` pixels away from each
    of the other in this direction.
    """
    found: list[tuple[Group, str, Group]] = []
    for one, other in permutations(scene.groups, 2):
        for axis, words in enumerate(("left of", "above")):
            last = max(centre[axis] for centre in one.centres)
            first = min(centre[axis] for centre in other.centres)
            if last + GAP <= first:
                found.append((one, words, other))
                found.append((other, OPPOSITES[words], one))
    return found


def places(group: Group) -> list[str]:
    """Find where in the picture a group is, all of it; nowhere in the middle."""
    found: list[str] = []
    for axis in (0, 1):
        before, after = _PLACES[2 * axis : 2 * axis + 2]
        if all(centre[axis] <= _EDGE * SIDE for centre in group.centres):
            found.append(before)
        if all(centre[axis] >= (1 - _EDGE) * SIDE for centre in group.centres):
            found.append(after)
    return found


def phrase(group: Group, *, colour: bool) -> str:
    """Say what a group is."""
    if group.shown.written:
        return f"the word {group.name}"
    told = group.shown.colour if colour else None
    return noun_phrase(group.name, len(group.centres), told)


def wrong_colour(
    rng: np.random.Generator, scene: CaptionedScene
) -> tuple[str, str] | None:
    """Tell the colour of a painted group, and another one.

    Returns
    -------
    tuple[str, str] or None
        The true caption and the wrong one; None where nothing is painted.
    """
    able = [group for group in scene.groups if group.shown.painted]
    if not able:
        return None
    group = able[int(rng.integers(len(able)))]
    others = [each.name for each in COLOURS if each.name != group.shown.colour]
    other = others[int(rng.integers(len(others)))]
    count = len(group.centres)
    return phrase(group, colour=True), noun_phrase(group.name, count, other)


def wrong_count(
    rng: np.random.Generator, scene: CaptionedScene
) -> tuple[str, str] | None:
    """Tell how many there are of a group, of two or three where there is one.

    The other number is never one: where there are two cats, there is a cat.
    """
    things = [group for group in scene.groups if not group.shown.written]
    able = [group for group in things if len(group.centres) > 1] or things
    if not able:
        return None
    group = able[int(rng.integers(len(able)))]
    count = len(group.centres)
    others = [number for number in range(2, _MOST + 1) if number != count]
    other = others[int(rng.integers(len(others)))]
    return phrase(group, colour=False), noun_phrase(group.name, other)


def wrong_position(
    rng: np.random.Generator, scene: CaptionedScene
) -> tuple[str, str] | None:
    """Tell where one group is of another, and the contrary."""
    able = relations(scene)
    if not able:
        return None
    one, words, other = able[int(rng.integers(len(able)))]
    first, last = phrase(one, colour=False), phrase(other, colour=False)
    return f"{first} {words} {last}", f"{first} {OPPOSITES[words]} {last}"


def wrong_place(
    rng: np.random.Generator, scene: CaptionedScene
) -> tuple[str, str] | None:
    """Tell where in the picture its only group is, and the contrary."""
    where = places(scene.groups[0]) if len(scene.groups) == 1 else []
    if not where:
        return None
    place = where[int(rng.integers(len(where)))]
    other = _PLACES[_PLACES.index(place) ^ 1]
    what = phrase(scene.groups[0], colour=False)
    return f"{what} {place}", f"{what} {other}"


def wrong_word(
    rng: np.random.Generator, scene: CaptionedScene
) -> tuple[str, str] | None:
    """Tell what is written, and another word."""
    able = [group for group in scene.groups if group.shown.written]
    if not able:
        return None
    others = [thing.name for thing in VOCABULARY if thing.name != able[0].name]
    other = others[int(rng.integers(len(others)))]
    return phrase(able[0], colour=False), f"the word {other}"


def _said(rng: np.random.Generator, scene: CaptionedScene, about: str | None) -> str:
    kind, detailed = _kind(rng, scene, about), about is not None
    if kind == "relation":
        able = relations(scene)
        one, words, other = able[int(rng.integers(len(able)))]
        first, last = (_phrase(rng, each, detailed=detailed) for each in (one, other))
        return f"{first} {words} {last}"
    if kind == "place":
        where = places(scene.groups[0])
        place = where[int(rng.integers(len(where)))]
        return f"{_phrase(rng, scene.groups[0], detailed=detailed)} {place}"
    if kind == "all":
        return joined([_phrase(rng, each, detailed=detailed) for each in scene.groups])
    return _one(rng, scene)


def _kind(rng: np.random.Generator, scene: CaptionedScene, about: str | None) -> str:
    """Choose what to say of a scene, of what there is to say."""
    where: list[str] = ["relation"] if relations(scene) else []
    if len(scene.groups) == 1 and places(scene.groups[0]):
        where.append("place")
    kinds = ["all", *where]
    if about == "place":
        kinds = where or ["all"]
    elif about is None:
        kinds += ["one", "one"]
    return kinds[int(rng.integers(len(kinds)))]


def _labelled(group: Group) -> bool:
    """Tell whether a bare name, such as "cat", is all there is to say of a group."""
    return len(group.centres) == 1 and not group.shown.written


def _one(rng: np.random.Generator, scene: CaptionedScene) -> str:
    group = scene.groups[0]
    if rng.random() >= _FIRST_ODDS:
        group = scene.groups[int(rng.integers(len(scene.groups)))]
    return _phrase(rng, group, detailed=False)


def _phrase(rng: np.random.Generator, group: Group, *, detailed: bool) -> str:
    painted = group.shown.painted
    colour = (detailed and painted) or rng.random() < _COLOUR_ODDS[painted]
    return phrase(group, colour=bool(colour))
