# IPython and traitlets carry few types.
# pyright: reportUnknownMemberType=false
"""What of vitwidgets is alive in this kernel, how large it is, and freeing it.

JupyterLab's side panel asks these functions. Nothing is registered for them: they look
where Python's garbage collector looks.
"""

from __future__ import annotations

import gc
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from IPython.core.getipython import get_ipython

from vitwidgets.models import ActivationCache, HookedViT
from vitwidgets.widgets.reachable import Reached, reached_from
from vitwidgets.widgets.shareable import Shareable

if TYPE_CHECKING:
    from collections.abc import Iterator

    Living: TypeAlias = "HookedViT | ActivationCache | Shareable"

_KINDS = {HookedViT: "model", ActivationCache: "cache", Shareable: "view"}


@dataclass(frozen=True)
class Alive:
    """A model, a cache or a view.

    Attributes
    ----------
    key
        What :func:`free` knows it by.
    kind
        ``model``, ``cache`` or ``view``.
    title
        The name of a model, the class of anything else.
    variables
        The notebook's names for it.
    nbytes
        Bytes of the tensors and arrays that it holds, without those of a model or a
        cache that it uses.
    used_by
        What else of this list needs it, as a person would call it.
    view
        The identifier of a view's outputs, empty for anything else.
    """

    key: int
    kind: str
    title: str
    variables: tuple[str, ...]
    nbytes: int
    used_by: tuple[str, ...]
    view: str


def alive() -> list[Alive]:
    """List what is alive: models, then caches, then views that are not closed."""
    living = list(_living())
    reached = _reached(living)
    names = _variables(living)
    return [
        Alive(
            key=id(each),
            kind=_kind(each),
            title=_title(each),
            variables=names[id(each)],
            nbytes=sum(reached[id(each)].sizes.values()),
            used_by=tuple(
                _called(other, names[id(other)])
                for other in living
                if id(each) in reached[id(other)].met
            ),
            view=str(each.model_id) if isinstance(each, Shareable) else "",
        )
        for each in living
    ]


def records() -> list[dict[str, Any]]:
    """Return the same as plain data."""
    return [asdict(each) for each in alive()]


def free(key: int) -> list[dict[str, Any]]:
    """Close a view; forget the notebook's variables and outputs that hold the object.

    Parameters
    ----------
    key
        Of an entry of :func:`alive`.

    Returns
    -------
    list of dict
        What is alive then, as :func:`records` has it.

    Raises
    ------
    ValueError
        When there is no such object any more, when another one uses it, or when it is
        held by something that is no variable; in the last case the variables are gone.
    """
    entry = next((each for each in alive() if each.key == key), None)
    if entry is None:
        raise ValueError("this is no longer alive: refresh the list")
    if entry.used_by:
        raise ValueError(
            f"{entry.title} is used by {', '.join(entry.used_by)}: free that first"
        )
    _drop(key)
    gc.collect()
    remaining = alive()
    if any(each.key == key for each in remaining):
        raise ValueError(
            f"no variable of the notebook holds {entry.title} any more, but something "
            "else does, such as a list or a function of yours: empty that, or restart "
            "the kernel"
        )
    return [asdict(each) for each in remaining]


def _drop(key: int) -> None:
    # In a function of its own: its variables must not hold the object afterwards.
    for each in _living():
        if id(each) == key:
            if isinstance(each, Shareable):
                each.close()
            _forget(each)


def _living() -> Iterator[Living]:
    everything = gc.get_objects()
    # A kernel holds a million objects, of a few thousand types.
    ours = {kind for kind in set(map(type, everything)) if _is_of_ours(kind)}
    found = [each for each in everything if type(each) in ours]
    del everything
    order = list(_KINDS.values())
    found.sort(key=lambda each: (order.index(_kind(each)), id(each)))
    for each in found:
        # A closed view needs nothing; what could not be made whole has no name.
        is_open = not isinstance(each, Shareable) or each.comm is not None
        is_whole = not isinstance(each, HookedViT) or hasattr(each, "name")
        if is_open and is_whole:
            yield each


def _is_of_ours(kind: type) -> bool:
    return not _KINDS.keys().isdisjoint(kind.__mro__)


def _kind(thing: Living) -> str:
    return next(name for kind, name in _KINDS.items() if kind in type(thing).__mro__)


def _title(thing: Living) -> str:
    return thing.name if isinstance(thing, HookedViT) else type(thing).__name__


def _called(thing: Living, variables: tuple[str, ...]) -> str:
    return variables[0] if variables else _title(thing)


def _reached(living: list[Living]) -> dict[int, Reached]:
    keys = {id(each) for each in living}
    found: dict[int, Reached] = {}
    weights: set[int] = set()
    for each in living:  # models come first
        reached = reached_from(each, keys, without=weights)
        found[id(each)] = reached
        if isinstance(each, HookedViT):
            weights |= reached.sizes.keys()
    return found


def _variables(living: list[Living]) -> dict[int, tuple[str, ...]]:
    """Give each object's names in the notebook, without those of outputs (``_``)."""
    items = list(_namespace().items())
    return {
        id(each): tuple(
            name for name, value in items if value is each and not name.startswith("_")
        )
        for each in living
    }


def _namespace() -> dict[str, Any]:
    import __main__  # noqa: PLC0415 - a kernel puts it in place after this module

    return __main__.__dict__


def _forget(thing: Living) -> None:
    """Remove an object from the notebook's variables and from its outputs."""
    namespace = _namespace()
    _remove(thing, namespace)
    _remove(thing, namespace.get("_oh", {}))
    shell = get_ipython()
    if shell is None:
        return
    _remove(thing, cast("dict[str, Any]", shell.user_ns_hidden))
    # IPython keeps the last outputs a second time.
    for name in ("_", "__", "___"):
        if getattr(shell.displayhook, name, None) is thing:
            setattr(shell.displayhook, name, "")
    last = shell.last_execution_result
    if last is not None and last.result is thing:
        last.result = None


def _remove(thing: object, names: dict[Any, Any]) -> None:
    for name in [name for name, value in names.items() if value is thing]:
        del names[name]
