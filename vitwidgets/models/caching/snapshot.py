"""A tensor kept by reference, which has to stay as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.models.errors import StaleCacheError
from vitwidgets.models.interception.tensor_versions import version

if TYPE_CHECKING:
    from torch import Tensor


class Snapshot:
    """A tensor by reference, with the state in which it has to stay."""

    __slots__ = ("_place", "_version", "tensor")

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor
        self._version = version(tensor)
        self._place = tensor.data_ptr()

    def read(self, what: str) -> Tensor:
        """Give the tensor, or a copy where nobody could tell if the reader changed it.

        Raises
        ------
        StaleCacheError
            If it was changed in place; the message begins with `what`.
        """
        self.check(what)
        return self.tensor.clone() if self._version is None else self.tensor

    def check(self, what: str) -> None:
        """Raise StaleCacheError if the tensor was changed in place."""
        if not self.is_unchanged():
            raise StaleCacheError(
                f"{what} was changed in place after the run that cached it: run the "
                f"model again, and change copies (value.clone()) only"
            )

    def is_unchanged(self) -> bool:
        """Whether the tensor is as it was."""
        return (
            version(self.tensor) == self._version
            and self.tensor.data_ptr() == self._place
        )
