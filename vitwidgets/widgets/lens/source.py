"""All that a lens shows of one model on one image."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np

from vitwidgets.labels import model_labels
from vitwidgets.methods.logit_lens import NORMS, LogitLens
from vitwidgets.methods.tuned_lens import TunedLens
from vitwidgets.models.errors import UnsupportedModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from vitwidgets.methods.lens_readings import LensReadings
    from vitwidgets.models import HookedViT
    from vitwidgets.widgets.lens.stream_run import StreamRun

LENSES = ("plain", "tuned")
TOP = 5
FOLLOWED = 6


class LensSource:
    """What lenses read of one run, with one classifier.

    Parameters
    ----------
    run
        Of this model, or of one that has the same stream.
    model
        Its classifier reads.
    logits
        The model's own output, ``(class,)``.
    tuned
        Translators of the tuned lens; None where there are none.
    why_untuned
        Why there are none.

    Attributes
    ----------
    run, model, logits
        As given.
    labels
        Names and emoji of the model's classes.
    unavailable
        Lenses and norms that can't be had, with the reasons.

    Raises
    ------
    TypeError
        When `tuned` is no tuned lens.
    ValueError
        When the translators are of another model.
    """

    def __init__(
        self,
        run: StreamRun,
        model: HookedViT,
        logits: Tensor,
        tuned: TunedLens | None,
        *,
        why_untuned: str,
    ) -> None:
        self.run, self.model, self.logits = run, model, logits
        if tuned is not None:
            if not isinstance(tuned, TunedLens):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise TypeError(
                    f"tuned={tuned!r:.100}: a TunedLens is needed, as train_tuned_lens "
                    f"and TunedLens.load give"
                )
            tuned.require_fit(model)
        self._tuned = tuned
        self.labels = model_labels(model)
        self._lenses: dict[tuple[str, str], LogitLens] = {}
        self._readings: dict[tuple[str, str], LensReadings] = {}
        # Answers are given from threads.
        self._lock = RLock()
        self.unavailable = {} if tuned is not None else {"tuned": why_untuned}
        try:
            self._lens("plain", "final")
        except UnsupportedModelError as error:
            self.unavailable["final"] = str(error)

    def readings(self, lens: str, norm: str) -> LensReadings:
        """Return every token's likeliest classes at every layer.

        Parameters
        ----------
        lens
            ``"plain"`` or ``"tuned"``.
        norm
            ``"own"`` or ``"final"``.

        Raises
        ------
        ValueError
            When there is no such lens or norm here; here and elsewhere.
        RuntimeError
            When the view was closed; here and elsewhere.
        """
        with self._lock:
            found = self._lens(lens, norm)
            if (lens, norm) not in self._readings:
                followed = min(FOLLOWED, found.n_classes)
                self._readings[lens, norm] = found.readings(
                    top=min(TOP, found.n_classes), followed=followed
                )
            return self._readings[lens, norm]

    def class_map(self, lens: str, norm: str, target: int) -> dict[str, np.ndarray]:
        """Return a class's ``logits`` and ``ranks`` everywhere, ``(layer, token)``."""
        return self.class_maps(lens, norm, [target])[0]

    def class_maps(
        self, lens: str, norm: str, targets: Sequence[int]
    ) -> list[dict[str, np.ndarray]]:
        """Return the maps of several classes, from one pass over all tokens."""
        with self._lock:
            found = self._lens(lens, norm).readings(top=0, classes=targets)
        return [
            {"logits": _floats(logits), "ranks": _floats(ranks)}
            for logits, ranks in zip(
                found.class_logits[0].unbind(-1),
                found.class_ranks[0].unbind(-1),
                strict=True,
            )
        ]

    def encoded(self, lens: str, norm: str) -> dict[str, np.ndarray]:
        """Return readings as the page gets them."""
        read = self.readings(lens, norm)
        return {
            "top_classes": _classes(read.top_classes[0]),
            "top_logits": _floats(read.top_logits[0]),
            "normaliser": _floats(read.normaliser[0]),
            "entropy": _floats(read.entropy[0]),
            "followed_classes": _classes(read.followed_classes[0]),
            "followed_logits": _floats(read.followed_logits[0]),
        }

    def output(self) -> tuple[NDArray[np.uint16], NDArray[np.float32]]:
        """Return the model's own likeliest classes and their probabilities."""
        best = self.logits.float().softmax(-1).topk(min(TOP, len(self.logits)))
        return _classes(best.indices), _floats(best.values)

    @property
    def lenses(self) -> tuple[str, ...]:
        """The lenses that there are here."""
        return tuple(each for each in LENSES if each not in self.unavailable)

    @property
    def norms(self) -> tuple[str, ...]:
        """The norms that there are here."""
        return tuple(each for each in NORMS if each not in self.unavailable)

    def close(self) -> None:
        """Free the activations."""
        with self._lock:
            self._lenses.clear()
            self._readings.clear()
            self.run.close()

    def _lens(self, lens: str, norm: str) -> LogitLens:
        cache = self.run.cache
        for name in (lens, norm):
            if name in self.unavailable:
                raise ValueError(self.unavailable[name])
        if (lens, norm) not in self._lenses:
            translators = self._tuned if lens == "tuned" else None
            made: Any = norm
            self._lenses[lens, norm] = LogitLens(
                self.model, cache, norm=made, translators=translators
            )
        return self._lenses[lens, norm]


def _floats(tensor: Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(tensor.float().cpu().numpy())


def _classes(tensor: Tensor) -> NDArray[np.uint16]:
    return tensor.cpu().numpy().astype(np.uint16)
