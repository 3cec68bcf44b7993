"""What may be wrong with an intervention."""

from __future__ import annotations


class InterventionError(ValueError):
    """An intervention that makes no sense, or none in this model with these sources."""
