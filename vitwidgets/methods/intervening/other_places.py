"""Other places for edits, of their kind: heads for heads, patches for patches."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from vitwidgets.methods.intervening.site_means import SiteMeans
from vitwidgets.models.addresses import Address

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vitwidgets.methods.intervening.intervention import Intervention
    from vitwidgets.methods.intervening.sources import Sources
    from vitwidgets.models import HookedViT

_Key = TypeVar("_Key")

_IN_WINDOWS = ("q", "k", "v", "pattern")
_OF_HEADS = ("z", *_IN_WINDOWS)
_ATTEMPTS = 10
"""For each draw that is wanted: few places have few different draws."""


@dataclass(frozen=True)
class _Move:
    """Places that edits are taken away from, and those of their kind that are free."""

    what: str
    edited: tuple[Address, ...]
    free: tuple[Address, ...]


class OtherPlaces:
    """Draws other places for edits, of their kind, none of which they touch.

    A head goes to another head of any block with all that is edited of it, a neuron to
    another one of its layer. What is edited at patches of a stream (or of what an MLP
    or all heads add) goes to as many other patches; where there are too few, or all
    tokens or prefix tokens are meant, to the same tokens of another block. Everything
    else about the edits, and what they have to do with one another, stays.

    Parameters
    ----------
    model
        The model.
    interventions
        The edits.
    sources
        What they take values from. Only places are drawn whose values are there.

    Attributes
    ----------
    what
        What is drawn, such as ``"3 other heads and 1 other patch"``.
    """

    def __init__(
        self, model: HookedViT, interventions: Sequence[Intervention], sources: Sources
    ) -> None:
        self._edits = tuple(interventions)
        free = _FreePlaces(model, sources)
        heads = [each for each in self._edits if each.place.part in _OF_HEADS]
        neurons = [each for each in self._edits if each.place.part == "neuron"]
        streams = [each for each in self._edits if each.place.index is None]
        self._moves = [
            *free.heads(heads),
            *free.neurons(neurons),
            *free.tokens_or_blocks(streams),
        ]
        self.what = _joined(self._moves)

    @property
    def exist(self) -> bool:
        """Whether there are enough of them for all edits together."""
        return all(len(move.free) >= len(move.edited) for move in self._moves)

    def drawn(self, generator: random.Random) -> tuple[Intervention, ...]:
        """Give the edits at other places, all different; they have to `exist`."""
        new: dict[Address, Address] = {}
        for move in self._moves:
            chosen = generator.sample(move.free, len(move.edited))
            new.update(zip(move.edited, chosen, strict=True))
        return tuple(_moved(each, new) for each in self._edits)

    def different(self, count: int, seed: int) -> list[tuple[Intervention, ...]]:
        """Give so many draws, each another one; fewer where there are not as many."""
        generator = random.Random(seed)  # noqa: S311 (no secret)
        found: dict[frozenset[Intervention], tuple[Intervention, ...]] = {}
        for _ in range(_ATTEMPTS * count if self.exist else 0):
            edits = self.drawn(generator)
            found.setdefault(frozenset(edits), edits)
            if len(found) == count:
                break
        return list(found.values())


class _FreePlaces:
    """Finds places of a model that edits do not touch, and that their sources hold."""

    def __init__(self, model: HookedViT, sources: Sources) -> None:
        self._model = model
        self._sources = sources

    def heads(self, edits: Sequence[Intervention]) -> list[_Move]:
        """Heads of any block, moved as a whole."""
        edited = _once(_head(each.place) for each in edits)
        if not edited:
            return []
        config = self._model.config
        free = [
            Address(layer, "z", head)
            for layer in range(config.n_layers)
            if all(self._is_there(each, layer) for each in edits)
            for head in range(config.n_heads)
        ]
        return [_Move("head", edited, _without(free, edited))]

    def neurons(self, edits: Sequence[Intervention]) -> list[_Move]:
        """Neurons of the same layer."""
        found: list[_Move] = []
        for layer in sorted({each.layer for each in edits}):
            edited = _once(each.place for each in edits if each.layer == layer)
            free = [
                Address(layer, "neuron", index)
                for index in range(self._model.config.d_mlp)
            ]
            found.append(_Move("neuron", edited, _without(free, edited)))
        return found

    def tokens_or_blocks(self, edits: Sequence[Intervention]) -> list[_Move]:
        """Patches at the same place of the stream, or else other blocks."""
        found: list[_Move] = []
        left: list[Intervention] = []
        for place in _once(each.place for each in edits):
            own = [each for each in edits if each.place == place]
            move = self._patches(place, own)
            if move is None:
                left += own
            else:
                found.append(move)
        return [*found, *self._blocks(left, {each.place for each in edits})]

    def _patches(self, place: Address, edits: Sequence[Intervention]) -> _Move | None:
        grid = self._model.grid
        edited = _once(
            dataclasses.replace(place, token=token)
            for each in edits
            for token in each.tokens
        )
        patches = [
            dataclasses.replace(place, token=grid.label(token))
            for token in range(grid.n_prefix_tokens, grid.n_tokens)
        ]
        free = _without(patches, edited)
        some_mean_all = not all(each.tokens for each in edits)
        if some_mean_all or not set(edited) <= set(patches) or len(free) < len(edited):
            return None
        return _Move("patch", edited, free)

    def _blocks(
        self, edits: Sequence[Intervention], touched: set[Address]
    ) -> list[_Move]:
        found: list[_Move] = []
        for part in _once(each.place.part for each in edits):
            own = [each for each in edits if each.place.part == part]
            free = [
                Address(layer, part)
                for layer in range(self._model.config.n_layers)
                if all(self._is_there(each, layer) for each in own)
            ]
            edited = _once(each.place for each in own)
            found.append(_Move("block", edited, _without(free, touched)))
        return found

    def _is_there(self, edit: Intervention, layer: int) -> bool:
        """Say whether another block has an edit's part, and its source the value."""
        place = dataclasses.replace(edit.place, layer=layer)
        if place.part in _IN_WINDOWS and self._model.config.window_size(layer):
            return False
        source = self._sources.get(edit.source or "")
        held = source.values if isinstance(source, SiteMeans) else source
        if isinstance(held, Mapping) and place.site not in held:
            return False
        return place.site in self._model.sites


def _moved(edit: Intervention, new: Mapping[Address, Address]) -> Intervention:
    place = edit.place
    key = _head(place) if place.part in _OF_HEADS else place
    if key in new:
        there = new[key]
        place = dataclasses.replace(place, layer=there.layer, index=there.index)
        return dataclasses.replace(edit, address=str(place))
    drawn = (new[dataclasses.replace(place, token=token)] for token in edit.tokens)
    tokens = tuple(each.token for each in drawn if each.token is not None)
    return dataclasses.replace(edit, tokens=tokens)


def _head(place: Address) -> Address:
    return dataclasses.replace(place, part="z")


def _once(each: Iterable[_Key]) -> tuple[_Key, ...]:
    return tuple(dict.fromkeys(each))


def _without(
    places: Iterable[Address], taken: Iterable[Address]
) -> tuple[Address, ...]:
    left_out = set(taken)
    return tuple(place for place in places if place not in left_out)


def _joined(moves: Sequence[_Move]) -> str:
    counts: dict[str, int] = {}
    for move in moves:
        counts[move.what] = counts.get(move.what, 0) + len(move.edited)
    return " and ".join(_counted(count, what) for what, count in counts.items())


def _counted(count: int, what: str) -> str:
    plural = {"patch": "patches"}.get(what, f"{what}s")
    text = f"{count} other {what if count == 1 else plural}"
    return f"the same in {text}" if what == "block" else text
