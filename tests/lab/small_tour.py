"""A tour of the small model in a notebook, and what it must show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.lab import small_vit
from tests.lab.tour_view import TourView

if TYPE_CHECKING:
    from tests.lab.jupyterlab import Notebook
    from tests.lab.truth import Truth

SETUP = """
import vitwidgets as vw
from small_vit import SIZE, small_vit

half = (0.5, 0.5, 0.5)
preprocessing = vw.images.Preprocessing(SIZE, "bicubic", 1.0, "center", half, half)
model = vw.HookedViT(small_vit(), preprocessing=preprocessing, name="small-vit")
"""
TOUR = """
tour = vw.AttentionHeadTour(model, "scene.png")
tour
"""


@dataclass(frozen=True)
class TourNotebook:
    """A fresh tour of the small model in cell 1 of a notebook; cell 2 is empty."""

    notebook: Notebook
    view: TourView
    truth: Truth


def tour_in(notebook: Notebook, cell: int) -> TourView:
    """Return the only tour of a cell's output, once it is there."""
    root = notebook.cell(cell).locator(".vw-tour")
    root.wait_for()
    prefix = len(small_vit.PREFIX)
    return TourView(root, small_vit.ROWS, small_vit.COLUMNS, prefix)
