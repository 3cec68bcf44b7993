"""All that an attention head tour shows of one model on one image."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, TypeAlias, cast

import torch
from traitlets import TraitError

from vitwidgets.methods.attention_rollout import attention_rollouts
from vitwidgets.methods.plain_patterns import require_plain_patterns
from vitwidgets.methods.value_weighted_attention import value_lengths
from vitwidgets.models import HookedViT
from vitwidgets.widgets.model_on_image import model_on_image
from vitwidgets.widgets.pattern_parts import ALL, PatternParts
from vitwidgets.wire import BadRequestError, checked_index
from vitwidgets.wire.quantisation import quantise_attention, quantise_signed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from vitwidgets.images import ImageSource
    from vitwidgets.widgets.pattern_parts import Part

SHOWN = ("pattern", "scores", "written", "rollout")
"""What can be shown of a head: attention after the softmax, before it, how much it
writes of each token (Kobayashi et al., 2020); and attention rollout (Abnar and Zuidema,
2020), which has one map a layer instead of heads."""

_SITES = tuple(
    f".attn.hook_{ending}"
    for ending in ("pattern", "attn_scores", "v", "normed_v", "z", "attn_mix")
)

Numbers: TypeAlias = "NDArray[np.float32]"


class AttentionSource:
    """One model run on one image, and what can be read of its attention.

    Parameters
    ----------
    model
        A :class:`vitwidgets.HookedViT`, or a module that one can be made of.
    image
        One image, as :func:`vitwidgets.images.read_image` takes it; it goes through
        the model's own preprocessing.

    Attributes
    ----------
    model, grid
        The hooked model, and where its tokens lie.
    prepared, picture
        The image as the model took it, and as one sees that: uint8, shape ``(height,
        width, 3)``.
    facts
        As `ModelOnImage` has them.
    n_layers, n_heads, n_tokens
        Sizes.

    Raises
    ------
    ValueError
        When the model is in training mode or has no preprocessing, or the image can't
        be used.
    UnsupportedModelError
        When the heads have no pattern of their own from each token to each.
    """

    def __init__(self, model: HookedViT | nn.Module, image: ImageSource) -> None:
        hooked = model if isinstance(model, HookedViT) else HookedViT(model)
        require_plain_patterns(hooked)
        opened = model_on_image(hooked, image)
        self.model, self.prepared = opened.model, opened.prepared
        self.facts = opened.facts
        # One run for all that is shown: a later one would miss the hooks and the
        # weights of now. Patterns and scores are derived from queries and keys.
        with torch.no_grad():
            _, cache = self.model.run_with_cache(
                opened.pixels, lambda name: name.endswith(_SITES)
            )
        self.grid = self.model.grid
        self.picture: NDArray[np.uint8] = self.facts["picture"]
        self.n_layers = self.model.config.n_layers
        self.n_heads = self.model.config.n_heads
        self.n_tokens = self.grid.n_tokens
        self._parts: PatternParts | None = PatternParts(cache)
        self._lengths: dict[int, Tensor] = {}
        self._rollouts: list[Tensor] = []
        # JupyterLab may ask from a thread of its own while a cell runs.
        self._lock = RLock()

    def heads(self, shown: str) -> int:
        """Return how many maps a layer has."""
        return 1 if _checked_shown(shown) == "rollout" else self.n_heads

    @torch.no_grad()
    def layer(self, shown: str, layer: object) -> Numbers:
        """Return all heads of a layer, shape ``(head, query, key)``.

        Parameters
        ----------
        shown
            One of ``SHOWN``, here and elsewhere.
        layer
            Index of the block.

        Raises
        ------
        UnsupportedModelError
            When this model can't give what is shown; here and elsewhere.
        RuntimeError
            When the tour was closed; here and elsewhere.
        """
        return _numbers(self._read(shown, self._layer(layer)))

    @torch.no_grad()
    def head(self, shown: str, layer: object, head: object) -> Numbers:
        """Return one head's whole matrix, shape ``(query, key)``."""
        where = self._layer(layer), self._head(shown, head)
        return _numbers(self._read(shown, *where))[0]

    @torch.no_grad()
    def value(
        self, shown: str, layer: object, head: object, query: object, key: object
    ) -> float:
        """Return one exact value."""
        where = self._layer(layer), self._head(shown, head)
        row = [checked_index("query", query, self.n_tokens)]
        column = checked_index("key", key, self.n_tokens)
        return float(self._read(shown, *where, queries=row)[0, 0, column])

    @torch.no_grad()
    def rows(self, shown: str, tokens: Sequence[int], direction: object) -> Numbers:
        """Return every head from the side of some tokens.

        No more of the squares is computed than that, but for the first column of
        patterns, which are divided by the sums of their rows.

        Parameters
        ----------
        shown
            What to show.
        tokens
            Indices of tokens, such as :meth:`tokens` gives; it is their mean.
        direction
            ``"row"``: what they attend to; ``"column"``: who attends to them.

        Returns
        -------
        NDArray
            ``(layer, head, token)``.
        """
        chosen = list(tokens)
        if direction == "row":
            return _numbers(
                self._stacked(
                    lambda layer: self._read(shown, layer, queries=chosen).mean(1)
                )
            )
        if direction == "column":
            return _numbers(
                self._stacked(
                    lambda layer: self._read(shown, layer, keys=chosen).mean(2)
                )
            )
        raise BadRequestError(f"direction={direction!r:.100}: row or column")

    def tokens(self, query: object, region: object = ()) -> list[int]:
        """Return the tokens from whose side heads are seen.

        Parameters
        ----------
        query
            Index of a token.
        region
            Top row, left column, bottom row and right column of some patches, bounds
            included, which then stand in the place of `query`; or nothing.

        Raises
        ------
        TraitError
            When they don't exist on this model.
        """
        if region in ([], ()):
            return [checked_index("query", query, self.n_tokens)]
        top, left, bottom, right = self._corners(region)
        return [
            self.grid.token(row, column)
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
        ]

    def attention_bytes(self, shown: str) -> int:
        """Return how many bytes all layers take on the way to the page."""
        row = self.n_tokens + (8 if shown == "scores" else 4)
        return self.n_layers * self.heads(shown) * self.n_tokens * row

    def encoded(self, values: Numbers, shown: str) -> dict[str, np.ndarray]:
        """Return whole matrices as the page gets them.

        Parameters
        ----------
        values
            ``(..., query, key)``, as :meth:`layer` and :meth:`head` give them.
        shown
            What they show.

        Returns
        -------
        dict
            ``codes``, shape ``(..., query, key)``, and for each row its ``scales``, for
            scores also ``lows``, shape ``(..., query)``.
        """
        if _checked_shown(shown) == "scores":
            vectors = quantise_signed(values)
        else:
            vectors = quantise_attention(values)
        found: dict[str, np.ndarray] = {
            "codes": vectors.codes,
            "scales": vectors.scales,
        }
        return found if vectors.lows is None else {**found, "lows": vectors.lows}

    def encoded_rows(self, values: Numbers, shown: str) -> dict[str, np.ndarray]:
        """Return what :meth:`rows` gives as the page gets it.

        As :meth:`encoded`, with ``codes`` of shape ``(layer, head, token)`` and scales
        (and lows) of ``(layer, head, 1)``.
        """
        found = self.encoded(values, shown)
        return {k: v if k == "codes" else v[..., None] for k, v in found.items()}

    def close(self) -> None:
        """Free the activations."""
        with self._lock:
            self._parts = None
            self._lengths.clear()
            self._rollouts.clear()

    def _layer(self, layer: object) -> int:
        return checked_index("layer", layer, self.n_layers)

    def _head(self, shown: str, head: object) -> slice:
        index = checked_index("head", head, self.heads(shown))
        return slice(index, index + 1)

    def _corners(self, region: object) -> tuple[int, int, int, int]:
        rows, columns = self.grid.rows, self.grid.cols
        said = (
            f"region={region!r:.100}: top row, left column, bottom row and right "
            f"column are needed, rows from 0 to {rows - 1} and columns from 0 to "
            f"{columns - 1}, bounds included"
        )
        if not isinstance(region, (list, tuple)):
            raise TraitError(said)
        corners = cast("Sequence[object]", region)
        if len(corners) != 4:  # noqa: PLR2004 (as many as the sentence counts)
            raise TraitError(said)
        try:
            top, bottom = (checked_index("row", each, rows) for each in corners[::2])
            left, right = (
                checked_index("column", each, columns) for each in corners[1::2]
            )
        except TraitError as error:
            raise TraitError(said) from error
        if top > bottom or left > right:
            raise TraitError(said)
        return top, left, bottom, right

    def _stacked(self, of_layer: Callable[[int], Tensor]) -> Tensor:
        return torch.stack([of_layer(layer) for layer in range(self.n_layers)])

    def _read(
        self,
        shown: str,
        layer: int,
        heads: Part = ALL,
        queries: Part = ALL,
        keys: Part = ALL,
    ) -> Tensor:
        """Give a part of what a layer shows, ``(head, query, key)``."""
        with self._lock:
            parts = self._open()
            if _checked_shown(shown) == "scores":
                return parts.scores(layer, heads, queries, keys)
            if shown == "rollout":
                return self._rollout(parts, layer)[heads][:, queries][:, :, keys]
            pattern = parts.pattern(layer, heads, queries, keys)
            if shown == "pattern":
                return pattern
            return pattern * self._written(parts, layer)[heads, None, keys]

    def _open(self) -> PatternParts:
        if self._parts is None:
            raise RuntimeError("this tour was closed; make a new AttentionHeadTour")
        return self._parts

    def _written(self, parts: PatternParts, layer: int) -> Tensor:
        if layer not in self._lengths:
            lengths = value_lengths(self.model, parts.cache, layer)[0]
            self._lengths[layer] = lengths
        return self._lengths[layer]

    def _rollout(self, parts: PatternParts, layer: int) -> Tensor:
        # Kept, a square a layer: usually less than the activations beside them.
        if not self._rollouts:
            patterns = (parts.pattern(each)[None] for each in range(self.n_layers))
            self._rollouts = list(attention_rollouts(patterns))
        return self._rollouts[layer]


def _checked_shown(shown: str) -> str:
    if shown not in SHOWN:
        raise BadRequestError(f"shown={shown!r:.100}: {', '.join(SHOWN)}")
    return shown


def _numbers(values: Tensor) -> Numbers:
    # A copy: a kept tensor must not change with what somebody does to its numbers.
    return values.to("cpu", torch.float32, copy=True).numpy()
