"""A linear map from a model's features into the space of a CLIP, with its record."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from vitwidgets.methods.word_maps.file import (
    MAP_FILES,
    DamagedMapError,
    MapMismatchError,
)
from vitwidgets.models.caching.digests import digest_of_tensors
from vitwidgets.models.words.zero_shot import ZeroShotClassifier

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.models import HookedViT
    from vitwidgets.models.words.text_encoder import TextEncoder

_PROBE = "a photo"
"""Plain enough for every text tower to have read it."""
_SAME_DIRECTION = 0.999


@dataclass(frozen=True)
class MapFit:
    """How a word map was fitted.

    Attributes
    ----------
    n_fitted, n_held_out
        How many images it was fitted to, and how many others it was measured on.
    r2
        On the held-out images, of all dimensions of the CLIP's space together: 1 less
        the sum of squared errors over the sum of squared distances from the mean of
        these images' embeddings. A dimension counts by its variance there.
    ridge
        What the sum of the squared weights counted for.
    seed
        Of the choice of the held-out images.
    """

    n_fitted: int
    n_held_out: int
    r2: float
    ridge: float
    seed: int


@dataclass(frozen=True, eq=False, repr=False)
class WordMap:
    """An affine map from a model's final features into the image space of a CLIP.

    Moayeri et al., "Text-To-Concept (and Back) via Cross-Model Alignment" (2023): the
    features of vision models that were trained in quite different ways are close to
    affine functions of one another, so that what a CLIP calls by words can be found in
    a model that was never given any.

    `fit_word_map` makes one.

    Attributes
    ----------
    weight, bias
        ``(d_embed, d_feature)`` and ``(d_embed,)``: ``weight @ features + bias`` comes
        close to the CLIP's image embedding of length 1.
    r2_of_dimensions
        ``(d_embed,)``: of each dimension alone on the held-out images, as `MapFit.r2`;
        NaN where it is the same for all of them.
    fit
        How it was fitted.
    model_name, clip_name
        Of both models.
    model_weights
        Digest of the weights of the model that is mapped.
    probe
        ``(d_embed,)``: how that CLIP's text tower reads two plain words, to tell it
        from others.
    """

    weight: Tensor
    bias: Tensor
    r2_of_dimensions: Tensor
    fit: MapFit
    model_name: str
    clip_name: str
    model_weights: str
    probe: Tensor
    _text: TextEncoder | None = None

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], *, text: TextEncoder | None = None
    ) -> WordMap:
        """Load what `save` wrote.

        Parameters
        ----------
        path
            The file.
        text
            The text side of the CLIP; None to load it by the CLIP's name when it is
            first asked for.

        Raises
        ------
        OSError, DamagedMapError
            If the file cannot be read, or is not as it was written.
        MapMismatchError
            If the text side is another one.
        """
        tensors, record = MAP_FILES.read(Path(path))
        try:
            found = cls(
                weight=tensors["weight"],
                bias=tensors["bias"],
                r2_of_dimensions=tensors["r2_of_dimensions"],
                fit=MapFit(**record["fit"]),
                model_name=record["model_name"],
                clip_name=record["clip_name"],
                model_weights=record["model_weights"],
                probe=tensors["probe"],
                _text=text,
            )
        except (KeyError, TypeError) as error:
            raise DamagedMapError(
                f"{os.fspath(path)!r} lacks what a word map has ({error!r:.100}): fit "
                f"it again"
            ) from error
        if text is not None:
            found.require_text(text)
        return found

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a safetensors file, which is left as it was if that fails.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        tensors = {
            "weight": self.weight,
            "bias": self.bias,
            "r2_of_dimensions": self.r2_of_dimensions,
            "probe": self.probe,
        }
        record = {
            "fit": asdict(self.fit),
            "model_name": self.model_name,
            "clip_name": self.clip_name,
            "model_weights": self.model_weights,
        }
        MAP_FILES.write_copies(Path(path), tensors, record)

    def rounded(self) -> WordMap:
        """Give it in float16, half as large."""
        return replace(self, weight=self.weight.half(), bias=self.bias.half())

    @property
    def r2(self) -> float:
        """How much of the CLIP's embeddings it explains on held-out images."""
        return self.fit.r2

    @property
    def mean_r2(self) -> float:
        """Mean of `r2_of_dimensions`, where every dimension counts alike."""
        return float(self.r2_of_dimensions.nanmean())

    @property
    def caption(self) -> str:
        """What has to be said beside every picture that is made with it."""
        fit = self.fit
        return (
            f"read through a linear map fitted on {fit.n_fitted:,} images, held-out R² "
            f"{fit.r2:.2f} (on {fit.n_held_out:,} others)"
        )

    @property
    def text(self) -> TextEncoder:
        """The text side of the CLIP; loaded by the CLIP's name if it has to be.

        Raises
        ------
        MapMismatchError
            If the CLIP of this name is another one by now, or has no text tower.
        UnknownModelError, WeightsUnavailableError
            If it cannot be loaded by its name.
        """
        if self._text is not None:
            return self._text
        from vitwidgets.models import load_model  # noqa: PLC0415 (timm takes a second)

        text = load_model(self.clip_name).text
        if text is None:
            raise MapMismatchError(
                f"{self.clip_name} has no text tower: give the one of the CLIP that "
                f"the map was fitted to, as text="
            )
        self.require_text(text)
        return text

    def linear_for(self, model: HookedViT, text: TextEncoder) -> nn.Linear:
        """Give the map as a module, for a model and words of a text tower.

        Parameters
        ----------
        model
            The model whose features are mapped.
        text
            What reads the words.

        Returns
        -------
        nn.Linear
            ``(batch, d_feature)`` -> ``(batch, d_embed)``, where the model is and in
            its precision, without gradients.

        Raises
        ------
        MapMismatchError
            If the map is of another model, or the words of another CLIP.
        """
        self.require_model(model)
        self.require_text(text)
        d_embed, d_feature = self.weight.shape
        weight = next(model.module.parameters())
        linear = nn.Linear(d_feature, d_embed, device=weight.device, dtype=weight.dtype)
        linear.requires_grad_(False).eval()
        linear.weight.copy_(self.weight)
        linear.bias.copy_(self.bias)
        return linear

    def is_of(self, model: HookedViT) -> bool:
        """Whether it was fitted to this very model: its weights, bit by bit.

        Also of a model whose classes are words, if it reads them from this one.
        """
        module = model.module
        if isinstance(module, ZeroShotClassifier):
            module = module.tower
        return self.model_weights == digest_of_tensors(module.state_dict())

    def require_model(self, model: HookedViT) -> None:
        """Raise MapMismatchError unless it was fitted to this very model."""
        if not self.is_of(model):
            raise MapMismatchError(
                f"this word map was fitted to {self.model_name}, and {model.name} has "
                f"other weights, or another precision: fit one with "
                f"fit_word_map(model, clip, images)"
            )

    def require_text(self, text: TextEncoder) -> None:
        """Raise MapMismatchError unless this is the text side of its CLIP."""
        found = probe_of(text)
        alike = found.shape == self.probe.shape and bool(
            functional.cosine_similarity(found, self.probe.float(), dim=0)
            > _SAME_DIRECTION
        )
        if not alike:
            raise MapMismatchError(
                f"this word map leads into the space of {self.clip_name}, and the "
                f"words are read by another text tower: give the one of "
                f"{self.clip_name}, which word_map.text is"
            )

    def __repr__(self) -> str:
        d_embed, d_feature = self.weight.shape
        return (
            f"WordMap from {self.model_name!r} ({d_feature} features) to "
            f"{self.clip_name!r} ({d_embed}): {self.caption}"
        )


@torch.no_grad()
def probe_of(text: TextEncoder) -> Tensor:
    """Give what tells one text tower from another, ``(d_embed,)``."""
    return text.encode([_PROBE])[0].cpu().float()
