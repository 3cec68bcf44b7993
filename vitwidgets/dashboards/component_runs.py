"""The agreement of attribution with patching for the images of a view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from vitwidgets.methods import agreement_sites, component_agreement

if TYPE_CHECKING:
    from collections.abc import Callable

    from vitwidgets.methods import ComponentAgreement
    from vitwidgets.widgets import ClickToPatch


def agreement_of(
    view: ClickToPatch, progress: Callable[[ComponentAgreement], object]
) -> ComponentAgreement:
    """Measure every component for the clean image, and the present donor and class.

    Parameters
    ----------
    view
        Where these are chosen. Without a class it is what the donor shows.
    progress
        As `component_agreement` takes it.

    Raises
    ------
    RuntimeError
        When the view was closed.
    ValueError, UnsupportedModelError
        As `component_agreement` does.
    """
    # The view's runs hold less than attribution reads; its images are run again.
    source = view.runs
    model, wanted = source.model, view.wanted
    kept = (source.clean, source.donors[view.source].cache)
    if wanted == int(source.logits.argmax()):
        raise ValueError(
            f"the clean image shows {view.labels.names[wanted]} already, so there is "
            f"no way to go: choose another donor, or another class as target"
        )

    def tell(found: ComponentAgreement) -> None:
        with source.traffic.aside():
            progress(found)

    with source.traffic.run():
        with torch.no_grad():
            base, donor = (
                model.run_with_cache(each.source.images, agreement_sites(model))[1]
                for each in kept
            )
        return component_agreement(model, base, donor, target=wanted, progress=tell)
