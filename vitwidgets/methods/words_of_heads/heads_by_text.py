"""The words that span what each head of a CLIP writes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from vitwidgets.labels import everyday_words
from vitwidgets.methods.text_span import ConstantHeadError, text_span
from vitwidgets.methods.words_of_heads.head_outputs import HeadOutputs, head_outputs
from vitwidgets.models.addresses import Address
from vitwidgets.models.caching.index_checks import index_of
from vitwidgets.models.words.word_classes import no_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from torch import Tensor

    from vitwidgets.methods.image_stream import Images
    from vitwidgets.methods.text_span import TextSpan
    from vitwidgets.models import HookedViT
    from vitwidgets.models.words.text_encoder import TextEncoder


@dataclass(frozen=True, eq=False, repr=False)
class HeadsByText:
    """The words that span what each head writes over some images.

    Attributes
    ----------
    model_name
        The model.
    outputs
        What each head adds to each image's embedding.
    words
        Those that were looked among.
    unknown
        Words that were left out, as the model's text side never learned them.
    embeddings
        ``(word, d_embed)``, of `words`, each of length 1.
    text
        The text side that encoded them.
    spans
        By layer and head what `text_span` found; None for a head that writes the same
        in all images.
    """

    model_name: str
    outputs: HeadOutputs
    words: tuple[str, ...]
    unknown: tuple[str, ...]
    embeddings: Tensor
    text: TextEncoder
    spans: tuple[tuple[TextSpan | None, ...], ...]

    @property
    def explained(self) -> Tensor:
        """Share of its variance that each head's words explain, ``(layer, head)``.

        float64; NaN for a head that writes the same in all images.
        """
        return torch.tensor(
            [
                [math.nan if span is None else span.total for span in layer]
                for layer in self.spans
            ],
            dtype=torch.float64,
        )

    def words_of(self, layer: int, head: int) -> list[tuple[str, float]]:
        """Give a head's words, each with the share of variance that it adds.

        Raises
        ------
        IndexError
            If there is no such head.
        """
        layer, head = self._checked(layer, head)
        span = self.spans[layer][head]
        if span is None:
            return []
        return [
            (self.words[word], float(share))
            for word, share in zip(span.words, span.explained, strict=True)
        ]

    def embedding_of(self, word: str) -> Tensor:
        """Give a word's embedding, ``(d_embed,)``, of length 1.

        Any word or phrase, whether it is among `words` or not.

        Raises
        ------
        ValueError
            If the text side never learned it, or it is blank or too long.
        """
        if word in self.words:
            return self.embeddings[self.words.index(word)]
        if not self.text.knows(word):
            raise ValueError(
                f"{self.text.name} never learned {word!r:.100}: it can't tell what "
                f"that is"
            )
        return self.text.encode([word])[0].cpu()

    def writing(self, word: str) -> Tensor:
        """Say how much each head writes a word: its share among all heads.

        A head's part is the variance over images of what it adds along the word's
        embedding. Parts of heads that move together, or against each other, are counted
        apart, so that they are shares of their own sum and not of what the whole model
        does.

        Returns
        -------
        Tensor
            float64, ``(layer, head)``; sums to 1. All 0 where no head writes it.

        Raises
        ------
        ValueError
            As `embedding_of`.
        """
        spread = self._along(word).var(0, unbiased=False)
        return spread / spread.sum().clamp(min=torch.finfo(spread.dtype).tiny)

    def along(self, layer: int, head: int, word: str) -> Tensor:
        """Say how much a head writes a word in each image, against its mean.

        Returns
        -------
        Tensor
            float64, ``(image,)``, in the order of ``outputs.images``: what the head
            adds along the word's embedding, less the mean of that over the images.

        Raises
        ------
        IndexError
            If there is no such head.
        ValueError
            As `embedding_of`.
        """
        layer, head = self._checked(layer, head)
        found = self._along(word)[:, layer, head]
        return found - found.mean()

    def frame(self) -> pd.DataFrame:
        """Give one row for each head's each word, the most important first.

        Columns: layer, head, address, rank (from 1), word, explained (the share that
        the word adds), together (that of this word and those before it).
        """
        import pandas as pd  # noqa: PLC0415 (half a second)

        rows: list[dict[str, Any]] = []
        for layer, spans in enumerate(self.spans):
            for head in range(len(spans)):
                together = 0.0
                for rank, (word, share) in enumerate(self.words_of(layer, head), 1):
                    together += share
                    rows.append(
                        {
                            "layer": layer,
                            "head": head,
                            "address": str(Address(layer, "z", head)),
                            "rank": rank,
                            "word": word,
                            "explained": share,
                            "together": together,
                        }
                    )
        frame = pd.DataFrame(rows)
        frame.attrs = {
            "model": self.model_name,
            "n_images": len(self.outputs.images),
            "skipped": len(self.outputs.skipped),
            "words": len(self.words),
            "unknown": len(self.unknown),
        }
        return frame

    def __repr__(self) -> str:
        n_layers, n_heads = self.outputs.written.shape[1:3]
        left_out = (
            f", {len(self.unknown)} more left out, which it never learned"
            if self.unknown
            else ""
        )
        return (
            f"HeadsByText of {self.model_name}: {n_layers} x {n_heads} heads over "
            f"{len(self.outputs.images)} images, {len(self.words)} words{left_out}; "
            f"frame() gives a table"
        )

    def _along(self, word: str) -> Tensor:
        """Give what each head adds along a word, ``(image, layer, head)``, float64."""
        return self.outputs.written.double() @ self.embedding_of(word).double()

    def _checked(self, layer: int, head: int) -> tuple[int, int]:
        n_layers, n_heads = self.outputs.written.shape[1:3]
        return index_of("layer", layer, n_layers), index_of("head", head, n_heads)


def heads_by_text(
    model: HookedViT,
    images: Images,
    words: Sequence[str] | None = None,
    n: int = 5,
    *,
    batch_size: int = 8,
    progress: bool = True,
) -> HeadsByText:
    """Find the words that span what each head writes over images.

    For each head `text_span` (Gandelsman et al., 2024) over what it adds to the
    images' embeddings.

    Parameters
    ----------
    model
        An image tower of CLIP with its text side, `HookedViT.text`.
    images
        As `attention_statistics` takes them. Several hundred and of many kinds: what
        doesn't differ between them can't be found. What each head writes is kept, in
        single precision.
    words
        Words and phrases; by default `everyday_words`. Those that the text side never
        learned (`TextEncoder.knows`) are left out and named in the result.
    n
        Words for each head.
    batch_size
        Images run at a time.
    progress
        Whether a progress bar is written to stderr.

    Raises
    ------
    UnsupportedModelError
        If the model has no text side, or its embedding is no sum over heads.
    ValueError
        If there are not more readable images than `n`, they differ in size once
        prepared, or they are too many to keep; the model knows fewer words than `n`; or
        a word is blank, too long or there twice.
    TypeError
        If `images` is nothing that gives images, or `words` are no texts.
    """
    text = model.text
    if text is None:
        raise no_text(model.name)
    given = tuple(everyday_words() if words is None else words)
    known = {word: text.knows(word) for word in given}
    kept = tuple(word for word in given if known[word])
    if not 1 <= n <= len(kept):
        raise ValueError(
            f"n is how many words to find for each head, 1 to {len(kept)}: of "
            f"{len(given)} words the text side of {text.name} knows {len(kept)}; got "
            f"{n}"
        )
    embeddings = text.word_embeddings(kept).cpu()
    outputs = head_outputs(model, images, batch_size=batch_size, progress=progress)
    if len(outputs.images) <= n:
        raise ValueError(
            f"{len(outputs.images)} images can differ along "
            f"{len(outputs.images) - 1} directions only, and n is {n}: give more "
            f"images, several hundred if you can"
        )
    return HeadsByText(
        model_name=model.name,
        outputs=outputs,
        words=kept,
        unknown=tuple(word for word in given if not known[word]),
        embeddings=embeddings,
        text=text,
        spans=tuple(
            tuple(_span(written, embeddings, n) for written in layer.unbind(1))
            for layer in outputs.written.unbind(1)
        ),
    )


def _span(written: Tensor, embeddings: Tensor, n: int) -> TextSpan | None:
    """Give what spans one head's ``(image, d_embed)``; None where nothing varies."""
    try:
        return text_span(written, embeddings, n)
    except ConstantHeadError:
        return None
