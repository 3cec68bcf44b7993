"""What edits are to be compared with: the same ones, but for one thing each."""

from __future__ import annotations

import dataclasses
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.intervening.binding import bind
from vitwidgets.methods.intervening.other_places import OtherPlaces
from vitwidgets.methods.intervening.sources import drawn_value
from vitwidgets.models import ActivationCache

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from torch import Tensor

    from vitwidgets.methods.intervening.binding import BoundInterventions
    from vitwidgets.methods.intervening.intervention import Intervention, Kind
    from vitwidgets.methods.intervening.site_means import SiteMeans
    from vitwidgets.methods.intervening.sources import Source, Sources
    from vitwidgets.models import HookedViT

_SHARES = ("patch", "zero", "mean", "resample")
_FROM_DONOR = ("patch", "resample")
_SEEDS = 2**32


@dataclass(frozen=True, eq=False)
class Control:
    """Edits of one kind of control, each to be run alone.

    Attributes
    ----------
    name
        Such as ``"random place"``.
    what
        What is done, in words.
    runs
        The edits.
    """

    name: str
    what: str
    runs: tuple[BoundInterventions, ...]


@dataclass(frozen=True)
class Controls:
    """Makes the controls of edits.

    Attributes
    ----------
    model
        The model.
    clean
        The run of one image that is edited.
    edits, sources
        The edits, and what they take values from.
    draws, seed
        How often what is drawn is drawn, and from what seed.
    """

    model: HookedViT
    clean: ActivationCache
    edits: tuple[Intervention, ...]
    sources: Sources
    draws: int
    seed: int

    def as_done(self) -> Control:
        """Make the edits themselves."""
        some = len(self.edits) > 1
        what = f"the {len(self.edits)} edits themselves" if some else "the edit itself"
        return self._control("as done", what, [self.edits], self.sources)

    def random_place(self) -> list[Control]:
        """Make the edits at other places, if there are as many."""
        places = OtherPlaces(self.model, self.edits, self.sources)
        found = places.different(self.draws, self.seed)
        what = f"{_counted(len(found), 'draw')} of {places.what}"
        return self._unless_empty("random place", what, found, self.sources)

    def other_donor(
        self, others: Iterable[str], reference: ActivationCache | None
    ) -> list[Control]:
        """Copy the values from other images, as `edit_controls` says."""
        if not any(each.kind in _FROM_DONOR for each in self.edits):
            return []
        named = {name: self._from_donor(name) for name in others}
        found = [edits for edits in named.values() if edits != self.edits]
        if found or reference is None:
            what = f"{_counted(len(found), 'other donor')}, one at a time"
            return self._unless_empty("another donor", what, found, self.sources)
        name = _unused("reference", self.sources)
        edits = self._from_donor(name)
        runs = [
            bind(self.model, edits, {**self.sources, name: image})
            for image in self._other_images(reference)
        ]
        what = f"{_counted(len(runs), 'reference image')}, one at a time"
        return [Control("another donor", what, tuple(runs))] if runs else []

    def zero(self) -> list[Control]:
        """Put zeros there."""
        edits = self._of_kind("zero", None)
        return self._unless_done("zero", "zeros instead", edits, {})

    def mean(self, means: SiteMeans) -> list[Control]:
        """Put means over a data set there."""
        what = f"the mean of {_counted(means.n_images, 'image')} instead"
        edits = self._of_kind("mean", "means")
        return self._unless_done("mean", what, edits, {"means": means})

    def noise(self) -> list[Control]:
        """Add noise as large as the values vary; where it is noise, other noise."""
        components = [each.component(self.model) for each in self.edits]
        if any(each.is_one_number for each in components):
            return []  # one number does not vary
        generator = random.Random(self.seed)  # noqa: S311 (no secret)
        found = [
            tuple(
                dataclasses.replace(
                    each,
                    kind="noise",
                    source=None,
                    strength=each.strength if each.kind == "noise" else 1.0,
                    seed=generator.randrange(_SEEDS),
                )
                for each in self.edits
            )
            for _ in range(self.draws)
        ]
        what = f"{_counted(self.draws, 'draw')} of noise added to what is there"
        return [self._control("noise", what, found, {})]

    def own_value(self) -> Control:
        """Put the clean run's own values back, which changes nothing."""
        edits = tuple(
            dataclasses.replace(each, kind="patch", source="clean", strength=1.0)
            for each in self.edits
        )
        what = "what is there already: must change nothing"
        return self._control("own value", what, [edits], {"clean": self.clean})

    def _of_kind(self, kind: Kind, source: str | None) -> tuple[Intervention, ...]:
        return tuple(
            dataclasses.replace(
                each,
                kind=kind,
                source=source,
                strength=each.strength if each.kind in _SHARES else 1.0,
            )
            for each in self.edits
        )

    def _from_donor(self, name: str) -> tuple[Intervention, ...]:
        return tuple(
            dataclasses.replace(each, kind="patch", source=name)
            if each.kind in _FROM_DONOR
            else each
            for each in self.edits
        )

    def _other_images(self, reference: ActivationCache) -> list[ActivationCache]:
        """Give images of a run that are neither the clean one nor a donor."""
        used = [self.clean.source.images[0], *map(self._image_of, self.edits)]
        found: list[ActivationCache] = []
        for index, image in enumerate(reference.source.images):
            if len(found) < self.draws and not any(
                each is not None and torch.equal(image, each.to(image.device))
                for each in used
            ):
                found.append(reference.images(index))
        return found

    def _image_of(self, edit: Intervention) -> Tensor | None:
        """Give the image that an edit takes a value from, ``(channel, ...)``."""
        run = self.sources.get(edit.source or "")
        if edit.kind not in _FROM_DONOR or not isinstance(run, ActivationCache):
            return None
        images = run.source.images
        if edit.kind == "patch":
            return images[0]
        component = edit.component(self.model)
        drawn = drawn_value(
            self.model, component, edit.source or "", self.sources, edit.seed
        )
        values = component.of(run[component.site].detach())
        alike = (torch.equal(value, drawn[0]) for value in values)
        return images[next(i for i, same in enumerate(alike) if same)]

    def _unless_done(
        self,
        name: str,
        what: str,
        edits: tuple[Intervention, ...],
        sources: Mapping[str, Source],
    ) -> list[Control]:
        """Leave out what the edits are already, wherever their means are from."""
        if all(
            new.kind == old.kind for new, old in zip(edits, self.edits, strict=True)
        ):
            return []
        return [self._control(name, what, [edits], sources)]

    def _unless_empty(
        self,
        name: str,
        what: str,
        runs: Sequence[tuple[Intervention, ...]],
        sources: Sources,
    ) -> list[Control]:
        return [self._control(name, what, runs, sources)] if runs else []

    def _control(
        self,
        name: str,
        what: str,
        runs: Iterable[tuple[Intervention, ...]],
        sources: Sources,
    ) -> Control:
        bound = tuple(bind(self.model, edits, sources) for edits in runs)
        return Control(name, what, bound)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _unused(name: str, sources: Sources) -> str:
    """Give a name that no source has."""
    while name in sources:
        name += "'"
    return name
