"""Translators that let a model's own classifier read layers before the last one."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from vitwidgets.methods.tuning.divergence_by_layer import LensDivergence
from vitwidgets.methods.tuning.file import (
    LENS_FILES,
    DamagedLensError,
    LensMismatchError,
)
from vitwidgets.methods.tuning.translators import (
    PATCHES,
    Translators,
    tokens_by_kind,
    translated,
)
from vitwidgets.models.caching.digests import digest_of_tensors
from vitwidgets.models.caching.index_checks import index_of
from vitwidgets.models.precision import wide

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from vitwidgets.models import HookedViT


@dataclass(frozen=True)
class LensTraining:
    """How translators were fitted.

    Attributes
    ----------
    steps, batch_size, learning_rate, seed
        As `train_tuned_lens` was given them.
    n_images
        How many different images they have seen.
    """

    steps: int
    batch_size: int
    learning_rate: float
    seed: int
    n_images: int


@dataclass(frozen=True, eq=False)
class TunedLens:
    """Translators of a model's tokens, to be read by its own norm and classifier.

    Belrose et al., "Eliciting Latent Predictions from Transformers with the Tuned Lens"
    (2023), in the residual form of their package: at layer L a token h is read as
    h + A h + b. With A and b zero this is the plain lens.

    A prefix token that is pooled (the class token, and the distillation token of a
    DeiT) has translators of its own, all patches share theirs. Registers, and class
    tokens that are not pooled, stay as they are: nothing reads them at the end, so
    there is nothing that they should say.

    Give it to `LogitLens` as its ``translators``; `train_tuned_lens` makes one.

    Attributes
    ----------
    model_name
        Name of the model that it was fitted to.
    prefix_names
        The tokens before the first patch.
    translators
        By kind of token: names of pooled prefix tokens, and ``"patches"``.
    readout
        Digest of the norm and classifier that it was fitted to.
    weights
        Digest of all of the model's weights.
    training
        How it was fitted; None before.
    divergence
        How far it was from the final readout on images that it was not fitted to, and
        the plain lens beside it; None where that was not measured.
    """

    model_name: str
    prefix_names: tuple[str, ...]
    translators: Mapping[str, Translators]
    readout: str
    weights: str
    training: LensTraining | None = None
    divergence: LensDivergence | None = None

    @classmethod
    def untrained(cls, model: HookedViT) -> TunedLens:
        """Give the lens that training starts from, which reads as the plain one does.

        Raises
        ------
        UnsupportedModelError
            If the model has no classifier, or single tokens have no logits in it.
        """
        weight = next(model.module.parameters())
        like: dict[str, Any] = {"dtype": wide(weight.dtype), "device": weight.device}
        layers, width = model.config.n_layers, model.config.d_model
        return cls(
            model_name=model.name,
            prefix_names=model.config.prefix_names,
            translators={
                kind: Translators(
                    torch.zeros(layers, width, width, **like),
                    torch.zeros(layers, width, **like),
                )
                for kind in tokens_by_kind(model, model.config.n_tokens)
            },
            readout=_digest_of_readout(model),
            weights=digest_of_tensors(model.module.state_dict()),
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str], model: HookedViT) -> TunedLens:
        """Load what `save` wrote, for the model that it was fitted to.

        Raises
        ------
        OSError, DamagedLensError
            If the file cannot be read, or is not as it was written.
        LensMismatchError
            If it was fitted to a model of other sizes, or to another norm or head.
        UnsupportedModelError
            If the model has no classifier, or single tokens have no logits in it.
        """
        lens = cls.of_any_model(path)
        lens.require_fit(model)
        return lens

    @classmethod
    def of_any_model(cls, path: str | os.PathLike[str]) -> TunedLens:
        """Load what `save` wrote, without a look at any model.

        Raises
        ------
        OSError, DamagedLensError
            If the file cannot be read, or is not as it was written.
        """
        tensors, record = LENS_FILES.read(Path(path))
        try:
            training, measured = record["training"], record["divergence"]
            return cls(
                model_name=record["model_name"],
                prefix_names=tuple(record["prefix_names"]),
                translators={
                    kind: Translators(
                        tensors[f"{kind}.weight"], tensors[f"{kind}.bias"]
                    )
                    for kind in record["kinds"]
                },
                readout=record["readout"],
                weights=record["weights"],
                training=None if training is None else LensTraining(**training),
                divergence=measured and LensDivergence.from_fields(measured),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedLensError(
                f"{os.fspath(path)!r} lacks what a tuned lens has ({error!r:.100}): "
                f"fit the translators again"
            ) from error

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a safetensors file, which is left as it was if that fails.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        tensors: dict[str, Tensor] = {}
        for kind, each in self.translators.items():
            tensors |= {f"{kind}.weight": each.weight, f"{kind}.bias": each.bias}
        record = {
            "model_name": self.model_name,
            "prefix_names": self.prefix_names,
            "kinds": list(self.translators),
            "readout": self.readout,
            "weights": self.weights,
            "training": None if self.training is None else asdict(self.training),
            "divergence": None if self.divergence is None else self.divergence.fields(),
        }
        LENS_FILES.write_copies(Path(path), tensors, record)

    @property
    def n_layers(self) -> int:
        """How many blocks the model has; the last one's stream needs no translator."""
        return self.translators[PATCHES].weight.shape[0]

    def translate(self, layer: int, stream: Tensor, tokens: Sequence[int]) -> Tensor:
        """Give tokens as the model's own norm and classifier should read them.

        Parameters
        ----------
        layer
            -1 for the embedding, L for what block L leaves.
        stream
            ``(batch, token, d_model)``.
        tokens
            Which tokens of the model these are.

        Returns
        -------
        Tensor
            Of the same shape and dtype; the stream itself after the last block.

        Raises
        ------
        IndexError
            If there is no such layer.
        """
        row = index_of("layer", layer + 1, self.n_layers + 1)
        if row == self.n_layers:
            return stream
        places: dict[str | None, list[int]] = {}
        for place, token in enumerate(tokens):
            places.setdefault(self._kind(token), []).append(place)
        out = stream
        for kind, where in places.items():
            if kind is None:
                continue
            own = self.translators[kind]
            if len(where) == len(tokens):
                return translated(stream, own.weight[row], own.bias[row])
            if out is stream:
                out = stream.clone()
            out[:, where] = translated(stream[:, where], own.weight[row], own.bias[row])
        return out

    def require_fit(self, model: HookedViT) -> None:
        """Check that these are translators for a model's stream, norm and classifier.

        Raises
        ------
        LensMismatchError
            If they are for a model of other sizes, or for another norm or classifier.
        UnsupportedModelError
            If the model has no classifier, or single tokens have no logits in it.
        """
        kinds = tuple(tokens_by_kind(model, model.config.n_tokens))
        for what, own, its in (
            ("blocks", self.n_layers, model.config.n_layers),
            ("d_model", self._width, model.config.d_model),
            ("prefix tokens", self.prefix_names, model.config.prefix_names),
            ("kinds of tokens", tuple(self.translators), kinds),
        ):
            if own != its:
                raise self._mismatch(model, f"{what}: {own} there, {its} here")
        if self.readout != _digest_of_readout(model):
            raise self._mismatch(
                model,
                "its final norm or classifier has other weights, or another dtype",
            )

    def is_of(self, model: HookedViT) -> bool:
        """Whether it was fitted to this very model: its weights, bit by bit."""
        sizes = (model.config.n_layers, model.config.d_model, model.config.prefix_names)
        if sizes != (self.n_layers, self._width, self.prefix_names):
            return False
        return self.weights == digest_of_tensors(model.module.state_dict())

    def __repr__(self) -> str:
        fitted = (
            f"fitted in {self.training.steps} steps to {self.training.n_images} images"
            if self.training
            else "not fitted"
        )
        kinds = " and ".join(self.translators)
        about = f"TunedLens of {self.model_name!r} for {kinds}, {fitted}"
        return f"{about}\n{self.divergence}" if self.divergence else about

    @property
    def _width(self) -> int:
        return self.translators[PATCHES].weight.shape[-1]

    def _kind(self, token: int) -> str | None:
        if token >= len(self.prefix_names):
            return PATCHES
        name = self.prefix_names[token]
        return name if name in self.translators else None

    def _mismatch(self, model: HookedViT, reason: str) -> LensMismatchError:
        return LensMismatchError(
            f"this tuned lens was fitted to {self.model_name}, and does not fit "
            f"{model.name} ({reason}): fit one with train_tuned_lens(model, images), "
            f"or read with the plain lens"
        )


def _digest_of_readout(model: HookedViT) -> str:
    unembedding = model.unembedding
    norm = None if unembedding.norm is None else unembedding.norm.module
    tensors = {} if norm is None else dict(norm.state_dict(prefix="norm."))
    for number, each in enumerate(unembedding.maps()):
        tensors[f"head{number}.weight"] = each.weight
        if each.bias is not None:
            tensors[f"head{number}.bias"] = each.bias
    return digest_of_tensors(tensors)
