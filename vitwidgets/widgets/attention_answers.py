"""What the page of a tour asks for of the attention, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.wire import Answer, checked_index

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from vitwidgets.widgets.attention_source import AttentionSource


class AttentionAnswers:
    """Answers of one or two sides; tokens are those of the first."""

    def __init__(self, sources: Sequence[AttentionSource]) -> None:
        self.sources = sources

    def values(
        self, side: int, shown: str, direction: str, query: int, region: Sequence[int]
    ) -> NDArray[np.float32]:
        """Return a side's rows or columns, exact, shape ``(layer, head, token)``.

        Raises
        ------
        ValueError
            When that side's model has no such token.
        """
        source = self.sources[side]
        return source.rows(shown, self._tokens(source, query, region), direction)

    def has_tokens(self, side: int, query: int, region: Sequence[int]) -> bool:
        """Whether a side's model has the tokens that its heads are to be seen from."""
        source = self.sources[side]
        return all(own is not None for _, own in self._pairs(source, query, region))

    def attention(self, side: object, shown: str, layer: object) -> Answer:
        """Answer with one layer's values, ``(head, query, key)``."""
        source = self._source(side)
        return Answer(arrays=source.encoded(source.layer(shown, layer), shown))

    def rows(
        self,
        side: object,
        shown: str,
        direction: object,
        query: object,
        region: Sequence[object],
    ) -> Answer:
        """Answer with every head's values for a query, ``(layer, head, token)``."""
        source = self._source(side)
        tokens = self._tokens(source, query, region)
        values = source.rows(shown, tokens, direction)
        return Answer(arrays=source.encoded_rows(values, shown))

    def head(self, side: object, shown: str, layer: object, head: object) -> Answer:
        """Answer with one head's values, ``(query, key)``."""
        source = self._source(side)
        return Answer(arrays=source.encoded(source.head(shown, layer, head), shown))

    def value(
        self,
        side: object,
        shown: str,
        *,
        layer: object,
        head: object,
        query: object,
        key: object,
    ) -> Answer:
        """Answer with one exact value; query and key are the side's own tokens."""
        value = self._source(side).value(shown, layer, head, query, key)
        return Answer(result={"value": value})

    def _source(self, side: object) -> AttentionSource:
        return self.sources[checked_index("side", side, len(self.sources))]

    def _tokens(
        self, source: AttentionSource, query: object, region: Sequence[object]
    ) -> list[int]:
        """Return the tokens of a side that stand where the first side's do."""
        own: set[int] = set()
        for token, same in self._pairs(source, query, region):
            if same is None:
                raise ValueError(
                    f"{source.model.name} has no token "
                    f"{self.sources[0].grid.label(token)}; choose another one"
                )
            own.add(same)
        return sorted(own)

    def _pairs(
        self, source: AttentionSource, query: object, region: Sequence[object]
    ) -> list[tuple[int, int | None]]:
        """Return the first side's tokens, each with a side's own at its place."""
        first = self.sources[0]
        return [
            (token, first.grid.matching(token, source.grid))
            for token in first.tokens(query, region)
        ]
