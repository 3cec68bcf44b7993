"""Edits as the interventions that they mean, with the values that these take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.methods.interventions import Intervention
from vitwidgets.widgets.patcher.edits import MEAN, REFERENCE, plain_intervention

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from torch import Tensor

    from vitwidgets.methods.interventions import Source
    from vitwidgets.models import ActivationCache, HookedViT
    from vitwidgets.widgets.patcher.edits import Edit
    from vitwidgets.widgets.patcher.reference import Reference
    from vitwidgets.widgets.patcher.traffic import Traffic


class Compiler:
    """Finds what edits of a clean run take their values from.

    Parameters
    ----------
    model
        The model.
    clean
        The clean image's run.
    reference
        Means and random values.
    traffic
        Knows who runs the model.
    """

    def __init__(
        self,
        model: HookedViT,
        clean: ActivationCache,
        reference: Reference,
        traffic: Traffic,
    ) -> None:
        self._model = model
        self._clean = clean
        self._reference = reference
        self._traffic = traffic

    def takes_a_pass(self, edits: Sequence[Edit]) -> bool:
        """Whether the reference images have to be gone through for these edits."""
        means, drawn = _reference_sites(map(plain_intervention, edits))
        is_known = self._reference.has_means(means)
        if drawn:
            is_known = is_known and self._reference.has_run(drawn)
        return not is_known

    def compiled(
        self, edits: Sequence[Edit], donors: Mapping[str, ActivationCache]
    ) -> tuple[list[Intervention], dict[str, Source]]:
        """Give the interventions, and their sources by name.

        Parameters
        ----------
        edits
            In their order.
        donors
            Runs by name.

        Raises
        ------
        InterventionError, UnknownSiteError, StaleCacheError
            If a donor did not keep what an edit takes.
        ValueError, CancelledError
            If no reference image can be read, or going through them was cancelled.
        """
        sources: dict[str, Source] = {}
        found = [plain_intervention(edit) for edit in edits]
        means, drawn = _reference_sites(found)
        if means:
            sources[MEAN] = self._reference.means(means)
        if drawn:
            sources[REFERENCE] = self._reference.run(drawn)
        interventions: list[Intervention] = []
        for each in found:
            final = each
            name = each.source or ""
            if each.kind == "patch":
                sources[name] = donors[name]
            elif each.kind == "steer":
                final = _steered(each)
                sources[final.source or ""] = self._difference(each, donors[name])
            interventions.append(final)
        return interventions, sources

    def _difference(self, steering: Intervention, donor: ActivationCache) -> Tensor:
        """Give the donor's value minus the clean one's, averaged over the tokens."""
        part = steering.component(self._model)
        with self._traffic.run():
            theirs, ours = (
                part.chosen(part.of(run[part.site].detach()))[0].float()
                for run in (donor, self._clean)
            )
        difference = (theirs - ours).mean(0).reshape(part.width)
        return difference.to(donor[part.site].dtype)


def _reference_sites(edits: Iterable[Intervention]) -> tuple[list[str], list[str]]:
    """Name the sites whose means are taken, and those that are drawn from."""
    means: list[str] = []
    drawn: list[str] = []
    for each in edits:
        if each.kind == "mean":
            means.append(each.place.site)
        elif each.kind == "resample":
            drawn.append(each.place.site)
    return means, drawn


def _steered(steering: Intervention) -> Intervention:
    """Give the same with a vector's name in place of the donor's."""
    place = " ".join((steering.address, *steering.tokens))
    return Intervention(
        address=steering.address,
        kind="steer",
        tokens=steering.tokens,
        strength=steering.strength,
        source=f"{steering.source} minus clean at {place}",
        seed=steering.seed,
    )
