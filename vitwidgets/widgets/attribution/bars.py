"""What a still of a logit attribution shows: bars, and maybe a painted picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitwidgets.models.addresses import Address
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.widgets.attribution.source import strongest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from vitwidgets.methods.contributions.terms import DirectLogitAttribution
    from vitwidgets.models import PatchGrid


@dataclass(frozen=True)
class Bars:
    """Some terms of a sum, the largest first.

    Attributes
    ----------
    names, values
        Of each, in the order of their size without the sign.
    rest
        The sum of the others, and how many they are.
    total
        What all of them add up to.
    patches
        What each patch adds, ``(row, column)``, where that is what is shown.
    """

    names: Sequence[str]
    values: Sequence[float]
    rest: tuple[float, int]
    total: float
    patches: NDArray[np.float32] | None = None


def bars_of(found: DirectLogitAttribution, component: str, grid: PatchGrid) -> Bars:
    """Give the terms of what is opened, or of the whole number.

    Parameters
    ----------
    found
        The number as a sum, for one image.
    component
        What is opened; a head gives its tokens, an MLP its neurons.
    grid
        Where patches lie.
    """
    try:
        place = Address.parse(component)
        if place.part == "z" and place.index is not None:
            sources = found.head_sources(place.layer, place.index)[0]
            patches = sources[grid.n_prefix_tokens :].view(grid.rows, grid.cols)
            return _bars(sources, grid.label, patches)
        if place.part in ("mlp", "neuron"):
            neurons = found.neurons(place.layer)[0]
            name = f"L{place.layer}.MLP"
            return _bars(neurons, lambda index: f"{name}.n{index}")
    # Another part of the model is opened, or one that has no parts here.
    except (ValueError, UnsupportedModelError):
        pass
    terms = found.terms()
    values = found.value.new_tensor([float(term.value[0]) for term in terms])
    return _bars(values, lambda index: terms[index].address)


def _bars(
    values: Tensor,
    name: Callable[[int], str],
    patches: Tensor | None = None,
) -> Bars:
    numbers = values.cpu().numpy()
    index = strongest(values).cpu().numpy()
    shown = numbers[index]
    return Bars(
        names=[name(int(each)) for each in index],
        values=[float(each) for each in shown],
        rest=(float(numbers.sum() - shown.sum()), len(numbers) - len(shown)),
        total=float(numbers.sum()),
        patches=None if patches is None else patches.float().cpu().numpy(),
    )
