"""How far what a lens reads is from what the model says in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from tqdm import tqdm

from vitwidgets.methods.image_stream import ImageStream
from vitwidgets.methods.tuning.divergence_by_layer import LensDivergence
from vitwidgets.methods.tuning.targets import token_streams

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.methods.image_stream import Images
    from vitwidgets.methods.tuned_lens import TunedLens
    from vitwidgets.models import HookedViT


def lens_divergence(
    model: HookedViT,
    images: Images,
    translators: TunedLens | None = None,
    *,
    batch_size: int = 8,
    progress: bool = True,
) -> LensDivergence:
    """Measure how far the plain lens, and a tuned one, are from the final readout.

    What a token says in the end is what the model's own norm and classifier read of the
    same token after the last block, each token normed on its own. For a class token
    that is pooled this is the model's output.

    Parameters
    ----------
    model
        The model.
    images
        As `attention_statistics` takes them; not those that translators were fitted to.
    translators
        Of the tuned lens; None for the plain lens alone.
    batch_size
        Images run at a time. The numbers do not depend on it but for rounding.
    progress
        Whether a progress bar is written to stderr.

    Returns
    -------
    LensDivergence
        For each kind of token: pooled prefix tokens, and patches.

    Raises
    ------
    UnsupportedModelError
        If the model has no classifier, or single tokens have no logits in it.
    LensMismatchError
        If the translators are of another model.
    ValueError, TypeError
        If the images can't be used, as `attention_statistics` says.
    """
    unembedding = model.unembedding
    if translators is not None:
        translators.require_fit(model)
    stream = ImageStream(model, images, None, batch_size)
    plain: dict[str, Tensor] = {}
    tuned: dict[str, Tensor] = {}
    with (
        torch.no_grad(),
        tqdm(
            total=stream.expected, unit="image", desc="lens", disable=not progress
        ) as bar,
    ):
        for batch in stream:
            for some in token_streams(model, batch.pixels):
                read = list(enumerate(some.streams, -1))
                rows = [some.divergence(unembedding, value) for _, value in read]
                _add(plain, some.kind, rows)
                if translators is None:
                    continue
                rows = [
                    some.divergence(
                        unembedding, translators.translate(layer, value, some.tokens)
                    )
                    for layer, value in read
                ]
                _add(tuned, some.kind, rows)
            bar.update(len(batch.pixels))
    stream.warn_of_skipped()
    return LensDivergence(
        stream.n_images,
        *(
            {kind: values / stream.n_images for kind, values in sums.items()}
            for sums in (plain, tuned)
        ),
    )


def _add(sums: dict[str, Tensor], kind: str, rows: list[Tensor]) -> None:
    """Add ``(image, token)`` of each layer to a kind of token's sums over images."""
    found = torch.stack([row.double().mean(-1).sum() for row in rows]).cpu()
    # After the last block a lens reads the final readout itself.
    found = torch.cat([found, found.new_zeros(1)])
    sums[kind] = sums[kind] + found if kind in sums else found
