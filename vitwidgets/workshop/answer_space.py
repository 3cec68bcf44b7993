"""What can be answered to a question, listed, so that a page can keep the verdicts.

Each list is of *rows*: what is seen in the view, by name, and how the view is put so
that the check sees it. A page takes the first row of which all is seen. What is not
named does not matter to the check.

Names are those of the view's settings, and of click-to-patch, too, of what its edits
have in common (``js/src/host/lesson/seen.ts``): ``edits.number`` of those that act,
``edits.places``, tokens of edits counted each, ``edits.whole``, whether one is at all
tokens; the ``edits.kind``, ``edits.source``, ``edits.site`` and ``edits.address`` of
all, "" where they differ; and ``says``, the class that the model gives.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice, permutations, product
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeAlias

from traitlets import Bool

from vitwidgets.models.addresses import Address
from vitwidgets.workshop.edits import copied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from vitwidgets.workshop.bench import Bench

_Seen: TypeAlias = "dict[str, object]"

MOST_ROWS = 30_000
"""Of a question; where there are more, none is kept."""
MOST_PINS = 2
"""Heads that are pinned, of which verdicts are kept in any order."""
HEAD = "head"
"""The site of a whole head's output, as ``edits.site`` calls it."""
_ANOTHER = -1
"""A class that is no right answer."""


@dataclass(frozen=True)
class Row:
    """Something that can be answered.

    Attributes
    ----------
    seen
        What a page sees, by name: JSON.
    put
        What the view shows then, by name of its attributes, where that differs from
        `seen`.
    """

    seen: Mapping[str, object]
    put: Mapping[str, object] = field(default_factory=dict[str, object])


def rows_of(check: str, bench: Bench, arguments: Mapping[str, Any]) -> list[Row]:
    """List what can be answered to a question.

    Parameters
    ----------
    check
        The name of its check, one that judges the view.
    bench
        What is open.
    arguments
        What the check needs to know.

    Returns
    -------
    list of Row
        Empty where that can't be listed.
    """
    listed = _ROWS.get(check)
    if listed is None:
        return []
    rows = list(islice(listed(bench, **arguments), MOST_ROWS + 1))
    return rows if len(rows) <= MOST_ROWS else []


def _settings(bench: Bench, name: str, value: object) -> Iterator[Row]:  # noqa: ARG001
    return (Row({name: each}) for each in _values(bench, name))


def _values(bench: Bench, name: str) -> Iterable[object]:
    """List what a setting can be; nothing where that has no end."""
    config = bench.model.config
    trait: Any = bench.view.traits()[name]
    values: Any = getattr(trait, "values", None)  # of a trait that names them all
    if values is not None:
        return values
    if isinstance(trait, Bool):
        return [False, True]
    ranges = {
        "layer": range(-1, config.n_layers),
        "head": range(config.n_heads),
        "query": range(bench.grid.n_tokens),
        "token": range(bench.grid.n_tokens),
        "target": range(-1, len(bench.clean[0])),
        "versus": range(-1, len(bench.clean[0])),
    }
    return ranges.get(name, ())


def _heads(bench: Bench, **_: object) -> Iterator[Row]:
    return (Row({"layer": layer, "head": head}) for layer, head in _each_head(bench))


def _each_head(bench: Bench) -> Iterator[tuple[int, int]]:
    config = bench.model.config
    return product(range(config.n_layers), range(config.n_heads))


def _pins(bench: Bench, **_: object) -> Iterator[Row]:
    for count in range(MOST_PINS + 1):
        for pins in permutations(_each_head(bench), count):
            yield Row({"pins": [list(pin) for pin in pins]}, {"pins": list(pins)})


def _queries(bench: Bench, **_: object) -> Iterator[Row]:
    return (Row({"query": token}) for token in range(bench.grid.n_tokens))


def _rows_of_attention(bench: Bench, **_: object) -> Iterator[Row]:
    looked: list[_Seen] = [
        {"layer": layer, "head": head, "query": query}
        for layer, head in _each_head(bench)
        for query in range(bench.grid.n_tokens)
    ]
    asked: _Seen = {"direction": "row", "shown": "pattern", "region": []}
    yield from (Row({**each, **asked}) for each in looked)
    yield from (Row(each, {**asked, "direction": "column"}) for each in looked)


def _lens_layers(bench: Bench, **_: object) -> Iterator[Row]:
    return _plain_lens({"layer": layer} for layer in _lens_range(bench))


def _lens_tokens(bench: Bench, **_: object) -> Iterator[Row]:
    return _plain_lens(
        {"layer": layer, "token": token}
        for layer in _lens_range(bench)
        for token in range(bench.grid.n_tokens)
    )


def _lens_range(bench: Bench) -> range:
    return range(-1, bench.model.config.n_layers)


def _plain_lens(places: Iterable[dict[str, object]]) -> Iterator[Row]:
    listed = list(places)
    plain = {"lens": "plain", "norm": "own"}
    yield from (Row({**each, **plain}) for each in listed)
    yield from (Row(each, {**plain, "norm": "final"}) for each in listed)


def _shown_words(bench: Bench, **_: object) -> Iterator[Row]:
    return (Row({"target": word}) for word in range(-1, len(bench.words)))


def _single_heads(bench: Bench, **_: object) -> Iterator[Row]:
    for place in _each_head(bench):
        (edit,) = copied(bench, Address(place[0], "z", place[1]))
        one = {
            "edits.number": 1,
            "edits.kind": "patch",
            "edits.source": edit["source"],
            "edits.address": edit["address"],
            "edits.whole": True,
        }
        yield Row(one, {"interventions": [edit]})
    yield from _other_edits()


def _copies(bench: Bench, parts: str, **_: object) -> Iterator[Row]:
    tokens = [bench.grid.label(token) for token in range(bench.grid.n_tokens)]
    site = HEAD if parts == "heads" else "resid_pre"
    ending = "H0" if parts == "heads" else "resid_pre"
    (model,) = copied(bench, Address(0, "resid_pre"))
    edits = [
        {**model, "address": f"L{layer}.{ending}", "tokens": [token]}
        for layer in range(bench.model.config.n_layers)
        for token in tokens
    ]
    form = {
        "edits.kind": "patch",
        "edits.source": model["source"],
        "edits.site": site,
    }
    if parts == "patches":
        whole = {**form, "edits.whole": True}
        yield Row(whole, {"interventions": [model]})
    for count in range(1, len(edits) + 1):
        some: _Seen = {"interventions": edits[:count]}
        seen = {**form, "edits.places": count}
        donors = {**seen, "says": bench.donor_answer}
        yield Row(donors, {**some, **_said(bench.donor_answer)})
        yield Row(seen, {**some, **_said(_ANOTHER)})
    yield from _other_edits()


def _harmless(bench: Bench, kind: str) -> Iterator[Row]:
    edit: _Seen = {"address": "L0.H0", "tokens": [], "kind": kind, "switch": "on"}
    one = {
        "edits.number": 1,
        "edits.kind": kind,
        "edits.site": HEAD,
        "edits.whole": True,
    }
    some: _Seen = {"interventions": [edit]}
    yield Row({**one, "says": bench.answer}, {**some, **_said(bench.answer)})
    yield Row(one, {**some, **_said(_ANOTHER)})
    yield from _other_edits()


def _other_edits() -> Iterator[Row]:
    yield Row({"edits.number": 0}, {"interventions": []})
    noise: _Seen = {"address": "L0.MLP", "tokens": [], "kind": "noise", "source": ""}
    yield Row({}, {"interventions": [{**noise, "switch": "on"}]})


def _said(top: int) -> dict[str, object]:
    return {"prediction": SimpleNamespace(top=top)}


_ROWS: Mapping[str, Callable[..., Iterator[Row]]] = {
    "setting_is": _settings,
    "head_stands_out": _heads,
    "removal_matters": _heads,
    "pinned_extremes": _pins,
    "query_is": _queries,
    "one_token_gets": _rows_of_attention,
    "first_layer_with_answer": _lens_layers,
    "class_token_says": _lens_layers,
    "layer_with_most_patches": _lens_layers,
    "patch_says": _lens_tokens,
    "surest_patch": _lens_tokens,
    "first_layer_on_object": _lens_layers,
    "likeliest_word": _shown_words,
    "nearer_word": _shown_words,
    "unseen_word": _shown_words,
    "strongest_single_head": _single_heads,
    "flips_with": _copies,
    "harmless_edit": _harmless,
}
