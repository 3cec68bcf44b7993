"""All that the emoji logit lens shows of one model on one image."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from vitwidgets.labels import model_labels
from vitwidgets.methods.logit_lens import NORMS, LogitLens, stream_site
from vitwidgets.methods.token_norms import OUTLIER_FACTOR, norms_over_median
from vitwidgets.methods.tuned_lens import TunedLens
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.widgets.model_on_image import model_on_image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor, nn

    from vitwidgets.images import ImageSource
    from vitwidgets.methods.lens_readings import LensReadings
    from vitwidgets.models import ActivationCache, HookedViT

LENSES = ("plain", "tuned")
TOP = 5
FOLLOWED = 6


class LensSource:
    """One model run on one image, and what lenses read of it.

    Parameters
    ----------
    model, image
        As `model_on_image` takes them.
    tuned
        Translators of the tuned lens; None where there are none.

    Attributes
    ----------
    model, prepared, facts
        As `ModelOnImage` has them.
    labels
        Names and emoji of the model's classes.
    logits
        The model's own output, ``(class,)``.
    unavailable
        Lenses and norms that can't be had, with the reasons.

    Raises
    ------
    TypeError
        When `tuned` is no tuned lens.
    ValueError
        When the model is in training mode or has no preprocessing, the image can't be
        used, or the translators are of another model.
    UnsupportedModelError
        When single tokens have no logits in this model.
    """

    def __init__(
        self,
        model: HookedViT | nn.Module,
        image: ImageSource,
        tuned: TunedLens | None,
    ) -> None:
        opened = model_on_image(model, image)
        self.model, self.prepared = opened.model, opened.prepared
        self.facts = opened.facts
        _ = self.model.unembedding  # says why there is none before anything is run
        if tuned is not None:
            if not isinstance(tuned, TunedLens):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise TypeError(
                    f"tuned={tuned!r:.100}: a TunedLens is needed, as train_tuned_lens "
                    f"and TunedLens.load give"
                )
            tuned.require_fit(self.model)
        self._tuned = tuned
        self.labels = model_labels(self.model)
        layers = range(-1, self.model.config.n_layers)
        with torch.no_grad():
            logits, cache = self.model.run_with_cache(
                opened.pixels, [stream_site(layer) for layer in layers]
            )
        self._cache: ActivationCache | None = cache
        self.logits = logits[0]
        self._lenses: dict[tuple[str, str], LogitLens] = {}
        self._readings: dict[tuple[str, str], LensReadings] = {}
        # Answers are given from threads.
        self._lock = RLock()
        self.unavailable: dict[str, str] = {}
        self._find_missing()

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

    def token_norms(self) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Return the length of each token, and 1 for patches whose length stands out.

        Both are ``(layer, token)``.
        """
        prefix = self.model.grid.n_prefix_tokens
        lengths: list[Tensor] = []
        marks: list[Tensor] = []
        for layer in range(-1, self.model.config.n_layers):
            stream = self._run()[stream_site(layer)]
            lengths.append(stream[0].float().square().sum(-1).sqrt())
            multiples, _ = norms_over_median(stream, prefix)
            none = torch.zeros(prefix, dtype=torch.bool, device=stream.device)
            marks.append(torch.cat([none, multiples[0] > OUTLIER_FACTOR]))
        return _floats(torch.stack(lengths)), _bytes(torch.stack(marks))

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
            self._cache = None

    def _run(self) -> ActivationCache:
        if self._cache is None:
            raise RuntimeError("this lens was closed; make a new EmojiLogitLens")
        return self._cache

    def _lens(self, lens: str, norm: str) -> LogitLens:
        cache = self._run()
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

    def _find_missing(self) -> None:
        if self._tuned is None:
            self.unavailable["tuned"] = (
                f"there is no tuned lens for {self.model.name}: fit one with "
                f"vitwidgets.methods.train_tuned_lens and give it as tuned="
            )
        try:
            self._lens("plain", "final")
        except UnsupportedModelError as error:
            self.unavailable["final"] = str(error)


def _floats(tensor: Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(tensor.float().cpu().numpy())


def _classes(tensor: Tensor) -> NDArray[np.uint16]:
    return tensor.cpu().numpy().astype(np.uint16)


def _bytes(tensor: Tensor) -> NDArray[np.uint8]:
    return tensor.cpu().numpy().astype(np.uint8)
