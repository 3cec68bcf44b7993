"""One run of a model on an image: the residual stream that lenses read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from vitwidgets.methods.logit_lens import stream_site
from vitwidgets.methods.token_norms import OUTLIER_FACTOR, norms_over_median
from vitwidgets.widgets.model_on_image import model_on_image

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from torch import Tensor

    from vitwidgets.images import ImageSource
    from vitwidgets.models import ActivationCache, HookedViT


class StreamRun:
    """A model that was run on one image once.

    Parameters
    ----------
    model, image
        As `model_on_image` takes them.
    sites
        What is kept besides the stream before and after each block.

    Attributes
    ----------
    prepared, facts
        As `ModelOnImage` has them.
    logits
        The model's own output, ``(class,)``.

    Raises
    ------
    ValueError
        When the model is in training mode or has no preprocessing, or the image can't
        be used.
    UnsupportedModelError
        When single tokens have no logits in this model.
    """

    def __init__(
        self, model: HookedViT, image: ImageSource, sites: Iterable[str] = ()
    ) -> None:
        opened = model_on_image(model, image)
        _ = model.unembedding  # says why there is none before anything is run
        self.prepared, self.facts = opened.prepared, opened.facts
        self._n_prefix = model.grid.n_prefix_tokens
        self._streams = [
            stream_site(layer) for layer in range(-1, model.config.n_layers)
        ]
        with torch.no_grad():
            logits, cache = model.run_with_cache(
                opened.pixels, [*self._streams, *sites]
            )
        self._cache: ActivationCache | None = cache
        self.logits = logits[0]

    @property
    def cache(self) -> ActivationCache:
        """The activations.

        Raises
        ------
        RuntimeError
            When the view was closed; here and elsewhere.
        """
        if self._cache is None:
            raise RuntimeError("this lens was closed; make a new one")
        return self._cache

    def token_norms(self) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Return the length of each token, and 1 for patches whose length stands out.

        Both are ``(layer, token)``.
        """
        lengths: list[Tensor] = []
        marks: list[Tensor] = []
        for site in self._streams:
            stream = self.cache[site]
            lengths.append(stream[0].float().square().sum(-1).sqrt())
            multiples, _ = norms_over_median(stream, self._n_prefix)
            none = torch.zeros(self._n_prefix, dtype=torch.bool, device=stream.device)
            marks.append(torch.cat([none, multiples[0] > OUTLIER_FACTOR]))
        norms = torch.stack(lengths).float().cpu().numpy()
        artifacts = torch.stack(marks).cpu().numpy()
        return np.ascontiguousarray(norms), artifacts.astype(np.uint8)

    def close(self) -> None:
        """Free the activations."""
        self._cache = None
