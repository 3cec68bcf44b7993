"""The embedding of an image as a sum over the parts of the tower that made it."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.contributions.branch_output import agree
from vitwidgets.methods.contributions.embedding_run import NOT_LINEAR, EmbeddingRun
from vitwidgets.methods.contributions.embedding_terms import EmbeddingTerms
from vitwidgets.models.caching.index_checks import index_of
from vitwidgets.models.errors import StaleCacheError, UnsupportedModelError
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.models import ActivationCache, HookedViT

_NEEDED = re.compile(
    r"hook_(image_embed|logits)|blocks\.0\.hook_resid_pre"
    r"|blocks\.\d+\.(hook_(resid_post|attn_out|mlp_out)"
    r"|attn\.hook_(z|attn_mix|v|normed_v|pattern))"
)


def decomposition_sites(model: HookedViT) -> list[str]:
    """Name the sites that `image_embedding_decomposition` may read of a run."""
    return [site for site in model.sites if _NEEDED.fullmatch(site)]


@dataclass(frozen=True, eq=False, repr=False)
class ImageEmbeddingDecomposition(EmbeddingTerms):
    """The embedding of an image as a sum of vectors ``(..., d_embed)``.

    Attributes
    ----------
    length
        Of the embedding, ``(batch,)``.
    whole
        What cannot be told apart, and why.
    run
        What it is taken further apart with.
    """

    length: Tensor
    whole: tuple[str, ...]
    run: EmbeddingRun

    def along(self, words: Tensor) -> EmbeddingTerms:
        """Split the similarity of the image to words in the same way.

        Parameters
        ----------
        words
            ``(word, d_embed)``, embeddings of length 1.

        Returns
        -------
        EmbeddingTerms
            With an axis of words in place of ``d_embed``; `value` is the cosine of the
            angle between the embeddings of image and word.

        Raises
        ------
        ValueError
            If they are not as wide as the embedding.
        """
        width = self.value.shape[-1]
        if words.dim() != 2 or words.shape[-1] != width:  # noqa: PLR2004
            raise ValueError(
                f"words must be embeddings (word, {width}), got {tuple(words.shape)}"
            )
        return self.mapped(lambda term: self._similarity(term, words))

    @torch.no_grad()
    def head_sources(self, layer: int, head: int) -> Tensor:
        """Split what a head wrote over the tokens that it read.

        Returns
        -------
        Tensor
            ``(batch, token, d_embed)``; the sum over tokens is ``heads[:, layer,
            head]``.

        Raises
        ------
        IndexError
            If there is no such head.
        UnsupportedModelError
            If the heads of this layer cannot be told apart, or do not mix the values of
            an image's tokens with one pattern each.
        UnknownSiteError, StaleCacheError
            If the run did not keep patterns and values, or they were changed.
        """
        config = self.run.model.config
        layer = index_of("layer", layer, config.n_layers)
        head = index_of("head", head, config.n_heads)
        sources = self.run.head_sources(layer, head)
        expected = self.heads[:, layer, head]
        site = in_block(layer, "attn.hook_z")
        size = sources.abs().sum((1, 2))[:, None]
        if not agree(sources.sum(1), expected, size, self.run.cache[site].dtype):
            raise UnsupportedModelError(
                f"what head {head} of layer {layer} wrote is no sum over tokens: a "
                f"gate or a hook comes after its pattern was applied to the values"
            )
        return sources

    def __repr__(self) -> str:
        images, layers, heads, width = self.heads.shape
        return (
            f"ImageEmbeddingDecomposition: {images} images, embeddings {width} wide, "
            f"{layers} layers of {heads} heads and an MLP; largest residue "
            f"{float((self.value - self.sum).abs().max()):.2g}"
        )

    def _similarity(self, term: Tensor, words: Tensor) -> Tensor:
        length = self.length.view(-1, *[1] * (term.dim() - 1))
        return term @ words.to(term).T / length


@torch.no_grad()
def image_embedding_decomposition(
    model: HookedViT, cache: ActivationCache
) -> ImageEmbeddingDecomposition:
    """Split the embedding of images over the parts of the tower that wrote it.

    Gandelsman, Efros and Steinhardt, "Interpreting CLIP's Image Representation via
    Text-Based Decomposition" (ICLR 2024). All that embedding, heads and MLPs add to the
    stream of the pooled tokens reaches the embedding through the final norm and the
    projection alone. With what the norm divides by held as in the real forward pass,
    the embedding, before it is brought to length 1, is a sum of one vector for each.

    Parameters
    ----------
    model
        An image tower of CLIP, or a model of words over one.
    cache
        A run of it that kept ``decomposition_sites(model)``.

    Returns
    -------
    ImageEmbeddingDecomposition
        For every image, in float64 (float32 where a device has none).

    Raises
    ------
    UnsupportedModelError
        If the model gives no embedding, or not one that follows from single tokens; or
        if its blocks add attention and MLP to the stream as one.
    UnknownSiteError
        If the run did not keep what is needed.
    StaleCacheError
        If the model's weights were changed after the run.

    Notes
    -----
    What each word's logit owes to each head and patch, for all heads at once, is
    `DirectLogitAttribution.all_head_sources` of a model of words.
    """
    if not cache.source.weights.is_current():
        raise StaleCacheError(
            "the model's weights were changed or moved after the run that was cached: "
            "run it again"
        )
    run = EmbeddingRun.checked(model, cache)
    n_layers, n_heads = model.config.n_layers, model.config.n_heads
    value = cache[_output_site(cache)].to(run.readout.matrix)
    layers = [run.of_layer(layer) for layer in range(n_layers)]
    unknown = value.new_full((len(value), n_heads, value.shape[-1]), torch.nan)
    attention = torch.stack([each.attention for each in layers], 1)
    found = ImageEmbeddingDecomposition(
        value=value,
        embedding=run.written(in_block(0, "hook_resid_pre")),
        heads=torch.stack(
            [unknown if each.heads is None else each.heads for each in layers], 1
        ),
        attention=attention,
        attention_bias=torch.stack([each.bias for each in layers], 1),
        mlp=torch.stack([each.mlp for each in layers], 1),
        norm_bias=run.readout.norm_bias,
        projection_bias=run.readout.projection_bias,
        by_hooks=torch.zeros_like(value),
        length=value.square().sum(-1).sqrt(),
        whole=tuple(
            NOT_LINEAR.format(layer)
            for layer, each in enumerate(layers)
            if each.heads is None
        ),
        run=run,
    )
    return _complete(found, cache)


def _complete(
    found: ImageEmbeddingDecomposition, cache: ActivationCache
) -> ImageEmbeddingDecomposition:
    """Give a decomposition that adds up, or raise."""
    dtype = cache[_output_site(cache)].dtype
    if agree(found.sum, found.value, found.size(), dtype):
        return found
    if cache.source.edited:
        return dataclasses.replace(found, by_hooks=found.value - found.sum)
    raise UnsupportedModelError(
        f"the parts of {cache.source.name} do not add up to its embedding: its code is "
        f"not as expected"
    )


def _output_site(cache: ActivationCache) -> str:
    embedding = "hook_image_embed"
    return embedding if embedding in cache.source.sites else "hook_logits"
