"""Attribution against patching, component by component: marked here, seen there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from vitwidgets.dashboards.component_chart import AgreementChart
from vitwidgets.widgets import ClickToPatch

if TYPE_CHECKING:
    from torch import nn

    from vitwidgets.images import ImageSource
    from vitwidgets.models import HookedViT


@overload
def agreement(model: ClickToPatch, /) -> AgreementChart: ...
@overload
def agreement(
    model: HookedViT | nn.Module,
    clean: ImageSource,
    donor: ImageSource,
    **state: Any,
) -> AgreementChart: ...
def agreement(
    model: ClickToPatch | HookedViT | nn.Module,
    clean: ImageSource | None = None,
    donor: ImageSource | None = None,
    **state: Any,
) -> AgreementChart:
    """Show what each head and MLP writes against what copying it from a donor does.

    One dot a component: to the right what it writes to the answer itself, upwards what
    copying it alone does to the answer, both as shares of the way from what the clean
    image shows to what the donor shows. Dots far from the diagonal act through later
    parts, or are made up for by them. Dots that are chosen here are marked in the view,
    and the other way round.

    Parameters
    ----------
    model
        A `ClickToPatch` that is open, beside which the chart is shown; or a model.
    clean, donor
        For a model, the images, as `ClickToPatch` takes them. A view of them is then
        part of what is shown.
    **state
        For a model, what else that view is to show, such as ``target="dog"``.

    Returns
    -------
    chart
        A widget; ``chart.view`` is the view and ``chart.found`` the numbers.

    Raises
    ------
    TypeError
        When images go with a view, or are missing for a model.
    ValueError, TraitError, UnsupportedModelError
        As `ClickToPatch` and `vitwidgets.methods.component_agreement` say.
    RuntimeError
        When the view was closed.
    """
    if isinstance(model, ClickToPatch):
        if clean is not None or donor is not None or state:
            raise TypeError(
                "the chart of a view is about the view's own images: give the view "
                "alone, agreement(view), or a model with images"
            )
        return AgreementChart(model, whole=False)
    if clean is None or donor is None:
        raise TypeError(
            "of a model, give the clean image and a donor too: agreement(model, clean, "
            "donor); or a ClickToPatch alone"
        )
    view = ClickToPatch(model, clean, donor, **state)
    try:
        return AgreementChart(view, whole=True)
    except BaseException:
        view.close()
        raise
