# ipywidgets carries no types.
# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
"""Turn a concept up, down or off, and watch what a model says of an image."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, Button, Checkbox, Dropdown, FloatSlider, Layout, VBox
from traitlets import Bool, Float, Int, Unicode, link, validate

from vitwidgets.dashboards.closing import close_parts
from vitwidgets.dashboards.concept_bars import ConceptBars, moved_table
from vitwidgets.dashboards.concept_runs import ConceptRuns
from vitwidgets.methods import off_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from torch import Tensor

    from vitwidgets.images import ImageSource, PreparedImage
    from vitwidgets.methods import ConceptDirection, ConceptEraser, OffTarget
    from vitwidgets.methods.image_stream import Images
    from vitwidgets.methods.interventions import Intervention
    from vitwidgets.models import HookedViT

MOST = 2.0
"""Ends of the slider: what is added is twice as long as what it is added to."""

_HINT = (
    "Drag the slider to the right for more of the concept, to the left for less. At 1, "
    "what is added is as long as what is there."
)


def concept_board(
    model: HookedViT,
    image: ImageSource | PreparedImage | Tensor,
    directions: Sequence[ConceptDirection] = (),
    erasers: Sequence[ConceptEraser] = (),
    *,
    images: Images | None = None,
    labels: Sequence[int] | Tensor | None = None,
    target: str | None = None,
) -> ConceptBoard:
    """Show what a model says of an image as concepts are turned up, down or off.

    A slider adds a direction at a layer, a box erases what the erasers were fitted to,
    and bars show the likeliest classes before and after. With labelled images, a button
    shows what else moves.

    Parameters
    ----------
    model
        A model with classes, or with words: ``model.with_words(words)``.
    image
        The image.
    directions
        What can be added, from `concept_from_words`, `concept_from_images` or
        `concept_from_probe`.
    erasers
        What can be erased, from `erase_concept`; all at once.
    images, labels
        Other images, and for each the index of its class, for the table of what else
        moves; gone through each time that it is asked for.
    target
        Class that is meant to change, the first of that table; by default the one that
        the image is taken for.

    Returns
    -------
    board
        A widget with the traits ``concept``, ``layer``, ``strength`` and ``erase``;
        ``board.frame()`` has the numbers, ``board.edits`` and ``board.sources`` the
        edits.

    Raises
    ------
    UnsupportedModelError
        If the model has no classes.
    ValueError
        If there is neither direction nor eraser, two have one name, there is no such
        class, or images come without labels.
    InterventionError, UnknownSiteError
        If a direction or eraser is of another model.
    ImageError
        If the image cannot be read.
    """
    if (images is None) != (labels is None):
        raise ValueError("images and labels go together: give both, or neither")
    runs = ConceptRuns(model, image, directions, erasers)
    meant = int(runs.before.argmax())
    if target is not None:
        if target not in runs.class_names:
            raise ValueError(f"{target!r:.100} is no class of {model.name}")
        meant = runs.class_names.index(target)
    return ConceptBoard(runs, meant, images, labels)


class ConceptBoard(VBox):
    """What a model says as a concept is turned up, down or off: `concept_board`."""

    concept = Unicode(help="Name of the direction that is added; empty without one.")
    layer = Int(help="Index of the block at which it is added.")
    strength = Float(0.0, help="How much is added, of the length of what is there.")
    erase = Bool(False, help="Whether what can be erased is.")

    def __init__(
        self,
        runs: ConceptRuns,
        target: int,
        images: Images | None,
        labels: Sequence[int] | Tensor | None,
    ) -> None:
        self._runs, self._target = runs, target
        self._images, self._labels = images, labels
        names = list(runs.directions)
        first = runs.directions[names[0]].steer().layer if names else 0
        self._bars = ConceptBars(runs.class_names)
        self._controls: dict[str, Any] = {}
        if names:
            layers = [(f"L{n}", n) for n in range(runs.model.config.n_layers)]
            self._controls = {
                "concept": Dropdown(options=names, description="concept"),
                "layer": Dropdown(options=layers, value=first, description="at layer"),
                "strength": FloatSlider(
                    min=-MOST, max=MOST, step=0.05, description="strength",
                    layout=Layout(width="100%"),
                ),
            }  # fmt: skip
        if runs.erasers:
            what = "erase: " + ", ".join(runs.erasers)
            self._controls["erase"] = Checkbox(description=what, indent=False)
        self._button = Button(description="What else moved?")
        self._button.on_click(self._measure)
        self._moved, self._status = HTML(), HTML()
        self._moved.add_class("vw-concepts")
        below = [] if images is None else [self._button, self._status, self._moved]
        super().__init__(
            [
                *self._controls.values(),
                *([HTML(_HINT)] if names else []),
                self._bars.box,
                *below,
            ],
            concept=names[0] if names else "",
            layer=first,
            layout=Layout(max_width="900px"),
        )
        self._links = [
            link((self, name), (control, "value"))
            for name, control in self._controls.items()
        ]
        self.observe(self._redraw, ["concept", "layer", "strength", "erase"])
        self._redraw()

    @property
    def edits(self) -> list[Intervention]:
        """What is done now, in this order; with `sources`, for any image."""
        edits = self._runs.erasing() if self.erase else []
        if self.concept and self.strength:
            edits.append(self._runs.steering(self.concept, self.layer, self.strength))
        return edits

    @property
    def sources(self) -> dict[str, Any]:
        """What the edits take their vectors and erasers from."""
        return dict(self._runs.sources)

    def frame(self) -> pd.DataFrame:
        """Give one row a class: its probability before and after, likeliest first."""
        import pandas as pd  # noqa: PLC0415 (half a second)

        before, after = self._probabilities()
        frame = pd.DataFrame(
            {
                "class": self._runs.class_names,
                "before": before.numpy(),
                "after": after.numpy(),
            }
        )
        return frame.sort_values("before", ascending=False, ignore_index=True)

    def what_else_moved(self) -> OffTarget:
        """Measure what the present edits do to every class, as the button does.

        Raises
        ------
        ValueError
            If there are no labelled images, or nothing is edited.
        """
        if self._images is None or self._labels is None:
            raise ValueError(
                "nothing tells what else moved: make the board with labelled images, "
                "concept_board(..., images=images, labels=labels)"
            )
        if not self.edits:
            raise ValueError("nothing is changed yet: move the slider, or erase")
        return off_target(
            self._runs.model,
            self._images,
            self._labels,
            self.edits,
            self.sources,
            target=self._target,
        )

    def close(self) -> None:
        """Close the board and all that it is made of."""
        if self.comm is None:
            return
        for each in self._links:
            each.unlink()
        close_parts(self)
        super().close()

    @validate("concept")
    def _validate_concept(self, proposal: dict[str, Any]) -> str:
        name: str = proposal["value"]
        if name not in self._runs.directions and (name or self._runs.directions):
            known = ", ".join(self._runs.directions) or "none"
            raise ValueError(f"there is no direction {name!r:.100}, but {known}")
        return name

    @validate("layer")
    def _validate_layer(self, proposal: dict[str, Any]) -> int:
        layer, n_layers = proposal["value"], self._runs.model.config.n_layers
        if not 0 <= layer < n_layers:
            raise ValueError(f"there is no layer {layer}: 0 to {n_layers - 1}")
        return layer

    @validate("strength")
    def _validate_strength(self, proposal: dict[str, Any]) -> float:
        strength: float = proposal["value"]
        if not -MOST <= strength <= MOST:
            raise ValueError(f"strength runs from {-MOST} to {MOST}, got {strength}")
        return strength

    @validate("erase")
    def _validate_erase(self, proposal: dict[str, Any]) -> bool:
        if proposal["value"] and not self._runs.erasers:
            raise ValueError("there is nothing to erase: give the board an eraser")
        return proposal["value"]

    def _probabilities(self) -> tuple[Tensor, Tensor]:
        after = self._runs.after(self.edits)
        return self._runs.before.softmax(-1), after.softmax(-1)

    def _redraw(self, _change: object = None) -> None:
        # While one is drawn the page keeps back all but the newest value of a slider.
        self._bars.draw(*self._probabilities())
        self._moved.value = self._status.value = ""

    def _measure(self, _button: object) -> None:
        self._button.disabled = True
        self._status.value = "Going through the images ..."
        try:
            self._moved.value = moved_table(self.what_else_moved())
            self._status.value = ""
        except Exception as error:  # whatever it is, the page must see it
            self.log.exception("what else moved could not be measured")
            self._status.value = escape(str(error))
        finally:
            self._button.disabled = False
