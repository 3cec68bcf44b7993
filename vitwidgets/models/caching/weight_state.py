"""The weights of a module at one moment: which they are, and if they changed since."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

from vitwidgets.models.caching.digests import digest_of_tensors, digest_of_texts
from vitwidgets.models.class_path import class_path
from vitwidgets.models.errors import ModelStateError, StaleCacheError
from vitwidgets.models.interception.tensor_versions import version
from vitwidgets.models.module_parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import torch
    from torch import Tensor, nn


class _Weight(NamedTuple):
    table: Mapping[str, Tensor | None]
    name: str
    tensor: Tensor
    version: int | None
    place: int
    # Kept so that no other weight can come to lie at this place.
    storage: torch.UntypedStorage

    def is_unchanged(self) -> bool:
        return (
            self.table.get(self.name) is self.tensor
            and version(self.tensor) == self.version
            and self.tensor.data_ptr() == self.place
        )


class WeightState:
    """Parameters and persistent buffers of a module as they are now.

    Changes are noticed by what torch counts: a replaced tensor, new memory, or a change
    in place. One in place through ``.data``, which torch hides, is not.

    Parameters
    ----------
    module
        The whole model.
    parts
        Parts of it whose weights can be asked for one by one.
    """

    def __init__(self, module: nn.Module, parts: Iterable[nn.Module]) -> None:
        self._module = module
        self._parts = tuple(parts)
        owners = list(parts_of(module))
        by_owner = {id(owner): tuple(_weights_in(owner)) for owner in owners}
        self._weights = tuple(w for weights in by_owner.values() for w in weights)
        self._of_part = {
            id(part): tuple(
                w for owner in part.modules() for w in by_owner.get(id(owner), ())
            )
            for part in self._parts
        }
        self._children = tuple(
            (table, name, child)
            for table in map(_child_table, owners)
            for name, child in table.items()
        )

    def is_current(self) -> bool:
        """Whether the module still has these weights."""
        return all(weight.is_unchanged() for weight in self._weights) and all(
            table.get(name) is child for table, name, child in self._children
        )

    def renewed(self) -> WeightState:
        """Give the state of now: this one if nothing changed."""
        if self.is_current() and not self._unversioned():
            return self
        return WeightState(self._module, self._parts)

    def require_unchanged(self, parts: Iterable[nn.Module], what: str) -> None:
        """Raise StaleCacheError if a weight of these parts changed.

        Parameters
        ----------
        parts
            Some of the parts.
        what
            What is computed with them, for the message.
        """
        for part in parts:
            for weight in self._of_part.get(id(part), ()):
                if not weight.is_unchanged():
                    raise StaleCacheError(
                        f"the {weight.name} that {what!r} is computed with was changed "
                        f"or moved after the run that cached it: run the model again"
                    )

    def device_of(self, parts: Iterable[nn.Module]) -> torch.device | None:
        """Give the device of these parts' weights; None where they have none."""
        for part in parts:
            for weight in self._of_part.get(id(part), ()):
                return weight.tensor.device
        return None

    def digests(self) -> Mapping[str, str]:
        """Give SHA-256 of the ``modules`` (paths, classes, options) and ``weights``.

        Raises
        ------
        StaleCacheError
            If the weights changed since, so that nobody can tell what they were.
        ModelStateError
            If they are inference tensors, whose changes cannot be noticed.
        """
        if self._unversioned():
            raise ModelStateError(
                "the weights were made under torch.inference_mode(), where torch does "
                "not count changes, so that no file can be told to be theirs: make the "
                "model outside of it"
            )
        weights = self._weights_digest
        if not self.is_current():
            raise StaleCacheError(
                "the weights of the model were changed or moved after the run, so that "
                "nobody can tell which they were: run the model again"
            )
        untyped: Any = self._module
        named: Iterable[tuple[str, nn.Module]] = untyped.named_modules()
        modules = digest_of_texts(
            text
            for path, part in named
            for text in (path, class_path(part), part.extra_repr())
        )
        return {"modules": modules, "weights": weights}

    @functools.cached_property
    def _weights_digest(self) -> str:
        return digest_of_tensors(self._module.state_dict())

    def _unversioned(self) -> bool:
        return any(weight.version is None for weight in self._weights)


def _weights_in(owner: nn.Module) -> Iterator[_Weight]:
    private: Any = owner
    # Tables that follow from the sizes, and may be filled during a run.
    passing: set[str] = private._non_persistent_buffers_set  # noqa: SLF001
    tables: tuple[Mapping[str, Tensor | None], ...]
    tables = (private._parameters, private._buffers)  # noqa: SLF001
    for table in tables:
        for name, tensor in table.items():
            if tensor is not None and name not in passing:
                yield _Weight(
                    table,
                    name,
                    tensor,
                    version(tensor),
                    tensor.data_ptr(),
                    tensor.untyped_storage(),
                )


def _child_table(owner: nn.Module) -> Mapping[str, nn.Module | None]:
    private: Any = owner
    return private._modules  # noqa: SLF001
