"""Errors of loading: what could not be had, why, and what can be had instead."""

from __future__ import annotations

REMEDIES = (
    'pass pretrained="FILE" for weights in a file, pretrained=False for random '
    "weights, or call load_model() for the bundled model, which needs no network"
)
"""What to do without the weights, for the end of a message."""


class UnknownModelError(ValueError):
    """A name that neither this package nor timm nor open_clip knows."""


class WeightsUnavailableError(RuntimeError):
    """Trained weights that do not exist or cannot be fetched now."""


class CheckpointError(RuntimeError):
    """A file of weights that is unsafe, damaged, or of another architecture."""


class DamagedModelError(RuntimeError):
    """A bundled model whose card or weights are missing or do not fit together."""


def unavailable(
    name: str, problem: str, error: Exception, remedies: str = REMEDIES
) -> WeightsUnavailableError:
    """Make the error for weights that cannot be had now."""
    return WeightsUnavailableError(
        f"the weights of {name!r} {problem} ({one_line(error)}); {remedies}."
    )


def one_line(error: Exception) -> str:
    """Give the message of an error without line breaks, or its class."""
    return " ".join(str(error).split()) or type(error).__name__
