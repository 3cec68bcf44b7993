"""A share that was counted, with how sure one can be of it."""

from __future__ import annotations

from dataclasses import dataclass

from vitwidgets.methods.share_interval import wilson_interval


@dataclass(frozen=True)
class Share:
    """In how many of some cases it was so.

    Attributes
    ----------
    hits, count
        In how many, of how many; at least one.
    """

    hits: int
    count: int

    @property
    def value(self) -> float:
        """The share, from 0 to 1."""
        return self.hits / self.count

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % interval, as `wilson_interval` gives it."""
        return wilson_interval(self.hits, self.count)

    def __str__(self) -> str:
        low, high = self.interval
        return (
            f"{self.value:.1%} ({self.hits} of {self.count}; 95 % interval "
            f"{low:.1%} to {high:.1%})"
        )
