"""Errors of a hooked model: what came, what was expected, and the way out."""

from __future__ import annotations


class UnsupportedModelError(TypeError):
    """A module whose activations cannot be named truthfully."""


class UnknownSiteError(KeyError):
    """A site name that does not exist, or that this model does not have."""

    def __str__(self) -> str:
        # KeyError shows the repr of its argument, which would quote the sentence.
        return str(self.args[0])


class HookError(RuntimeError):
    """A hook that was never reached, or that broke the rules of hook functions."""


class InvalidReplacementError(ValueError):
    """A value returned by a hook function that cannot take the place of its site's."""


class ModelStateError(RuntimeError):
    """A model that is in no state to be looked into, such as training mode."""


class CacheBudgetError(MemoryError):
    """A cache that would hold more bytes than its budget."""


class StaleCacheError(RuntimeError):
    """A cached tensor, or a weight it is derived from, was changed after the run."""
