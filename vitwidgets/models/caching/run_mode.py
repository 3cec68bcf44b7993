"""The modes of torch that a run was in, so that more can be computed alike."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Generator


@dataclass(frozen=True)
class RunMode:
    """How a run computed.

    Attributes
    ----------
    grad
        Whether gradients were enabled.
    autocast
        The dtype of autocast; None where it was off.
    """

    grad: bool
    autocast: torch.dtype | None

    @classmethod
    def present(cls, device: torch.device) -> RunMode:
        """Give the modes that computations on a device are in now."""
        on = torch.is_autocast_enabled(device.type)
        dtype = torch.get_autocast_dtype(device.type) if on else None
        return cls(torch.is_grad_enabled(), dtype)

    @classmethod
    def saved(cls, autocast_name: str | None) -> RunMode:
        """Give the modes of a run that was written to a file."""
        return cls(False, getattr(torch, autocast_name) if autocast_name else None)

    @property
    def autocast_name(self) -> str | None:
        """What torch calls the dtype of autocast."""
        return str(self.autocast).removeprefix("torch.") if self.autocast else None

    @contextlib.contextmanager
    def again(self, device: torch.device) -> Generator[None]:
        """Compute as the run did: no graph where it had none, its own autocast."""
        with torch.set_grad_enabled(self.grad and torch.is_grad_enabled()):
            if self.autocast is None:
                yield
            else:
                with torch.autocast(device.type, dtype=self.autocast):
                    yield
