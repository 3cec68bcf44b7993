"""What a model's own classifier reads at any token, at any depth."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

import torch

from vitwidgets.methods.lens_readings import LensReadings, read_tokens
from vitwidgets.models.caching.index_checks import index_of
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from vitwidgets.methods.tuned_lens import TunedLens
    from vitwidgets.models import ActivationCache, HookedViT
    from vitwidgets.models.pieces.unembedding import FinalScale

Norm: TypeAlias = Literal["own", "final"]
NORMS = ("own", "final")

_STREAM = re.compile(
    r"blocks\.\d+\.hook_resid_(pre|mid|post)|hook_full_embed|hook_ln_pre"
)
_BETWEEN_BLOCKS = re.compile(r"blocks\.(?P<block>\d+)\.hook_resid_(?P<side>pre|post)")
_FLOATS_AT_ONCE = 4_000_000
"""Logits that are held together: layers x tokens x classes may be gigabytes."""


class LogitLens:
    """The logits that tokens of the residual stream would have, if it ended there.

    nostalgebraist, "interpreting GPT: the logit lens" (2020). Any token is taken
    through the model's own final norm and classifier, its bias included, as the model
    does with the tokens that it pools after the last block.

    Layers are counted as blocks are: -1 is the embedding, L the stream after block L.

    Parameters
    ----------
    model
        The model of the run.
    cache
        A run that kept the stream after each block, as every site or
        ``"blocks.*.hook_resid_*"`` does.
    norm
        What the final norm divides by. ``"own"``: each token's own statistics at that
        depth, as if the network were cut off there. ``"final"``: those of the real
        forward pass, of the same token after the last block (of the pooled vector where
        the norm takes that), so that what is read is affine in the stream and adds up.
    translators
        Of the tuned lens, which are applied before the norm; None for the plain lens.

    Raises
    ------
    UnsupportedModelError
        If the model has no classifier, or single tokens have no logits in it.
    ValueError
        If `norm` is neither, or the translators are of another model.
    UnknownSiteError
        If the run did not keep what is needed.

    Notes
    -----
    For a class token after the last block this is the model's output. With mean pooling
    it is the mean over patches, exactly where the norm comes before the mean, and with
    ``norm="final"`` where it comes after. A distilled DeiT reads the class token with
    one classifier and the distillation token with the other; a patch with both, and
    takes the mean.
    """

    def __init__(
        self,
        model: HookedViT,
        cache: ActivationCache,
        *,
        norm: Norm = "own",
        translators: TunedLens | None = None,
    ) -> None:
        self._unembedding = model.unembedding
        if norm not in NORMS:
            raise ValueError(f"norm must be 'own' or 'final', got {norm!r:.100}")
        if translators is not None:
            translators.require_fit(model)
        self._cache = cache
        self._translators = translators
        self.n_layers = model.config.n_layers
        self.n_classes = model.config.n_classes
        self._scale: FinalScale | None = None
        if norm == "final":
            last = cache[in_block(self.n_layers - 1, "hook_resid_post")]
            self._scale = self._unembedding.final_scale(last)

    @torch.no_grad()
    def logits(self, site: int | str, tokens: Sequence[int] | None = None) -> Tensor:
        """Give the logits of tokens at one place of the stream.

        Parameters
        ----------
        site
            A layer (-1 for the embedding), or the name of a site of the stream, such as
            ``"blocks.3.hook_resid_mid"``.
        tokens
            Indices of tokens; None for all.

        Returns
        -------
        Tensor
            ``(batch, token, class)``.

        Raises
        ------
        IndexError
            If there is no such layer or token.
        ValueError
            If the site is not of the stream, or between layers, for which there are no
            translators.
        UnknownSiteError
            If the run did not keep it.
        """
        stream = self._stream(site)
        chosen = self._tokens(tokens, stream.shape[1])
        return self._read(site, stream, chosen)

    @torch.no_grad()
    def readings(
        self, *, top: int = 5, classes: Sequence[int] = (), followed: int = 0
    ) -> LensReadings:
        """Read every token at every layer, without ever holding all of its logits.

        Parameters
        ----------
        top
            How many of the likeliest classes are kept.
        classes
            Further classes that are read everywhere.
        followed
            How many classes are followed through all layers for each token: those that
            are likeliest at any of them.

        Returns
        -------
        LensReadings
            With ``n_layers + 1`` layers, the embedding first.

        Raises
        ------
        IndexError
            If there is no such class.
        ValueError
            If more classes are wanted than there are.
        UnknownSiteError
            If the run did not keep what is needed.
        """
        for name, wanted in (("top", top), ("followed", followed)):
            if not 0 <= wanted <= self.n_classes:
                raise ValueError(
                    f"{name}={wanted}: this model has {self.n_classes} classes"
                )
        chosen = [index_of("class", each, self.n_classes) for each in classes]
        layers = range(-1, self.n_layers)
        streams = [self._stream(layer) for layer in layers]
        n_images, n_tokens = streams[0].shape[:2]
        size = _FLOATS_AT_ONCE // (len(streams) * n_images * self.n_classes)
        step = max(1, size)
        parts: list[LensReadings] = []
        for first in range(0, n_tokens, step):
            some = range(n_tokens)[first : first + step]
            logits = torch.stack(
                [
                    self._read(layer, stream, some)
                    for layer, stream in zip(layers, streams, strict=True)
                ],
                1,
            )
            parts.append(read_tokens(logits, top, chosen, followed))
        return LensReadings.joined(parts)

    def _read(self, site: int | str, stream: Tensor, tokens: Sequence[int]) -> Tensor:
        # A range is a view; a list would be a copy of a whole layer.
        index = _as_slice(tokens)
        some = stream[:, index]
        if self._translators is not None:
            some = self._translators.translate(self._layer(site), some, tokens)
        scale = None if self._scale is None else self._scale.at(index)
        unembedding = self._unembedding
        return unembedding.logits(unembedding.normed(some, scale), tokens)

    def _stream(self, site: int | str) -> Tensor:
        if isinstance(site, str):
            if not _STREAM.fullmatch(site):
                raise ValueError(
                    f"{site!r:.100} is no site of the residual stream: a lens reads "
                    f"blocks.L.hook_resid_pre, hook_resid_mid, hook_resid_post, or a "
                    f"layer from -1 to {self.n_layers - 1}"
                )
            return self._cache[site]
        if site not in range(-1, self.n_layers):
            raise IndexError(
                f"there is no layer {site!r:.100}: it runs from -1 to "
                f"{self.n_layers - 1}"
            )
        return self._cache[stream_site(site)]

    def _layer(self, site: int | str) -> int:
        if not isinstance(site, str):
            return site
        match = _BETWEEN_BLOCKS.fullmatch(site)
        if match:
            return int(match["block"]) - (match["side"] == "pre")
        raise ValueError(
            f"{site!r} lies between layers, where a tuned lens has no translator: read "
            f"it with the plain lens"
        )

    @staticmethod
    def _tokens(tokens: Sequence[int] | None, n_tokens: int) -> Sequence[int]:
        if tokens is None:
            return range(n_tokens)
        return [index_of("token", each, n_tokens) for each in tokens]


def stream_site(layer: int) -> str:
    """Name the site of a layer: -1 is the embedding, L what block L leaves."""
    if layer < 0:
        return in_block(0, "hook_resid_pre")
    return in_block(layer, "hook_resid_post")


def _as_slice(tokens: Sequence[int]) -> slice | list[int]:
    if isinstance(tokens, range):
        return slice(tokens.start, tokens.stop)
    return list(cast("list[int]", tokens))
