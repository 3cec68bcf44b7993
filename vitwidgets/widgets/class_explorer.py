"""What views share that show a model's classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

from traitlets import List, Unicode

from vitwidgets.labels import one_class
from vitwidgets.widgets.explorer import Explorer
from vitwidgets.widgets.model_on_image import model_facts
from vitwidgets.wire import Array, owned

if TYPE_CHECKING:
    from vitwidgets.labels import Labels
    from vitwidgets.models import HookedViT

_FACTS = {name: owned(trait, "py") for name, trait in model_facts().items()}


class _Held(Protocol):
    def close(self) -> None: ...


class ClassExplorer(Explorer):
    """Base of the views on a model with a classifier: its classes go by their names."""

    model_name = _FACTS["model_name"]
    n_layers = _FACTS["n_layers"]
    n_tokens = _FACTS["n_tokens"]
    grid = _FACTS["grid"]
    prefix_tokens = _FACTS["prefix_tokens"]
    picture = _FACTS["picture"]
    class_names = owned(List(Unicode(), help="A name for each class."), "py")
    class_descriptions = owned(
        List(Unicode(), help="All names of each class, divided by commas."), "py"
    )
    class_emoji = owned(List(Unicode(), help="An emoji for each class."), "py")
    output_classes = owned(
        Array("uint16", help="The model's own likeliest classes."), "py"
    )
    output_probabilities = owned(Array("float32", help="Their probabilities."), "py")

    class_traits_by_name: ClassVar[frozenset[str]] = frozenset()
    """Traits that hold a class, or a list of classes."""

    labels: Labels
    """Names and emoji of the model's classes."""
    model: HookedViT
    """The model that is looked at."""
    # Closing a view that could not be opened finds nothing to free.
    _source: _Held | None = None
    """The runs that are shown."""

    def find(self, text: str | int) -> int:
        """Return the one class that a name or number means.

        Raises
        ------
        ValueError
            When several classes are meant (all are listed), or none.
        """
        return one_class(text, self.labels)

    def named(self, index: int) -> str:
        """Return a class's emoji and name."""
        return f"{self.labels.emoji[index]} {self.labels.names[index]}"

    def with_indices(self, state: dict[str, Any]) -> dict[str, Any]:
        """Return the state with numbers in place of names of classes."""
        return {name: self._index_of(name, value) for name, value in state.items()}

    def class_facts(self) -> dict[str, Any]:
        """Return the values of the traits that name the classes."""
        return {
            "class_names": list(self.labels.names),
            "class_descriptions": list(self.labels.descriptions),
            "class_emoji": list(self.labels.emoji),
        }

    def close(self) -> None:
        """Close the view and free the activations that it held."""
        super().close()
        if self._source is not None:
            self._source.close()

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, self._index_of(name, value))

    def _index_of(self, name: str, value: object) -> object:
        if name not in self.class_traits_by_name:
            return value
        if isinstance(value, str):
            found = self.find(value)
            return [found] if isinstance(self.traits()[name], List) else found
        if isinstance(value, (list, tuple)):
            items = cast("list[object]", value)
            return [self.find(e) if isinstance(e, str) else e for e in items]
        return value
