"""A concept as a direction of a component's vectors."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor

from vitwidgets.methods.intervening.errors import InterventionError
from vitwidgets.methods.intervening.intervention import Intervention
from vitwidgets.methods.share_interval import wilson_interval

_FORMAT = "vitwidgets concept direction"
_VERSION = 1


@dataclass(frozen=True)
class HeldOut:
    """How well a probe tells images apart that it was not fitted to.

    Attributes
    ----------
    right, count
        In how many cases it was right, of how many. A case is one token of one image.
    guessing
        How many are right for who always says what is more frequent.
    """

    right: int
    count: int
    guessing: int

    @property
    def accuracy(self) -> float:
        """Share of the cases in which it was right."""
        return self.right / self.count

    @property
    def interval(self) -> tuple[float, float]:
        """The accuracy's 95 % interval (Wilson, 1927)."""
        return wilson_interval(self.right, self.count)


@dataclass(frozen=True, eq=False)
class ConceptDirection:
    """A direction that stands for a concept, and where it was found.

    Attributes
    ----------
    name
        What the concept is called, such as ``"cat"``; the name of the source.
    vector
        float64, ``(width,)``, on the CPU: what strength 1 adds.
    address
        The component that it was found in, such as ``"L3.resid_post"``.
    tokens
        Labels of the tokens that it was found at, and is added at; none for all.
    origin
        How it was found, in words.
    held_out
        For a probe, how good it is; None for the others.

    Raises
    ------
    InterventionError
        If the address or a token is none, or the vector is none of length above 0.
    """

    name: str
    vector: Tensor
    address: str
    tokens: tuple[str, ...]
    origin: str
    held_out: HeldOut | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InterventionError(f"a concept needs a name, got {self.name!r}")
        place = Intervention(self.address, "zero", self.tokens)
        vector = self.vector.detach().to("cpu", torch.float64, copy=True)
        length = float(vector.square().sum().sqrt())
        if vector.ndim != 1 or not math.isfinite(length):
            raise InterventionError(
                f"the direction {self.name!r} is one vector of finite numbers, got "
                f"shape {tuple(vector.shape)}"
            )
        if not length:
            raise InterventionError(
                f"the direction {self.name!r} is of length 0: both sides are the same "
                f"at {place.address}, so nothing there tells them apart"
            )
        object.__setattr__(self, "vector", vector)
        object.__setattr__(self, "address", place.address)
        object.__setattr__(self, "tokens", place.tokens)

    def steer(self, strength: float = 1.0, *, at: str | None = None) -> Intervention:
        """Give the edit that adds the vector, to be applied with ``sources``.

        Parameters
        ----------
        strength
            What it is multiplied by; 0 changes nothing, below 0 it turns the concept
            down.
        at
            Another component of the same width, such as the stream of another layer.
        """
        address = self.address if at is None else at
        return Intervention(address, "steer", self.tokens, strength, self.name)

    @property
    def sources(self) -> dict[str, Tensor]:
        """What the edit of `steer` takes its vector from."""
        return {self.name: self.vector}

    def to_json(self) -> str:
        """Write it as JSON that `from_json` reads."""
        held_out = self.held_out
        record: dict[str, Any] = {
            "format": _FORMAT,
            "version": _VERSION,
            "name": self.name,
            "vector": [float(each) for each in self.vector],
            "address": self.address,
            "tokens": list(self.tokens),
            "origin": self.origin,
            "held_out": held_out
            and [held_out.right, held_out.count, held_out.guessing],
        }
        return json.dumps(record, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> ConceptDirection:
        """Read what `to_json` wrote.

        Raises
        ------
        InterventionError
            If it is none, of another version, or makes no sense.
        """
        fields = _record(text)
        try:
            held_out = fields["held_out"]
            return cls(
                name=fields["name"],
                vector=torch.tensor(fields["vector"], dtype=torch.float64),
                address=fields["address"],
                tokens=tuple(fields["tokens"]),
                origin=str(fields["origin"]),
                held_out=None if held_out is None else HeldOut(*held_out),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InterventionError(
                f"this direction cannot be used ({error!r}): save it again with to_json"
            ) from error

    def __repr__(self) -> str:
        tokens = f" at {len(self.tokens)} tokens" if self.tokens else ""
        return f"ConceptDirection({self.name!r}, {self.address}{tokens}, {self.origin})"


def _record(text: str) -> dict[str, Any]:
    try:
        record: Any = json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise InterventionError(
            f"this is no JSON ({error}): give the text that to_json wrote"
        ) from error
    if not isinstance(record, dict) or cast("Any", record).get("format") != _FORMAT:
        raise InterventionError(
            f"this is no direction: to_json writes a record whose format is {_FORMAT!r}"
        )
    fields = cast("dict[str, Any]", record)
    if fields.get("version") != _VERSION:
        raise InterventionError(
            f"this direction is of version {fields.get('version')!r}, and this "
            f"vitwidgets reads version {_VERSION}: save it again with this one"
        )
    return fields
