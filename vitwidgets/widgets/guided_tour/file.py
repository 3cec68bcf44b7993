"""Guided tours as files."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast

from vitwidgets.widgets.exported_file import write_file
from vitwidgets.widgets.guided_tour.stop import stops_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vitwidgets.widgets.guided_tour.stop import Stop

FORMAT = "vitwidgets tour"
VERSION = 1
MOST_BYTES = 1_000_000

_FIELDS = ("format", "version", "model", "stops")
_MODEL_FIELDS = ("name", "layers", "heads", "grid", "prefix_tokens")


@dataclass(frozen=True)
class ModelFacts:
    """What a tour has to know of the model it was made for.

    Attributes
    ----------
    name
        The model.
    n_layers, n_heads
        How many blocks, and heads in each.
    rows, cols
        Patches down and across.
    prefix_names
        Names of the tokens before the patches.
    """

    name: str
    n_layers: int
    n_heads: int
    rows: int
    cols: int
    prefix_names: tuple[str, ...]

    def __str__(self) -> str:
        prefix = ", ".join(self.prefix_names) or "none"
        return (
            f"{self.name} ({self.n_layers} layers x {self.n_heads} heads, "
            f"{self.rows} x {self.cols} patches, prefix tokens: {prefix})"
        )

    def record(self) -> dict[str, object]:
        """Give the facts as the file has them."""
        return {
            "name": self.name,
            "layers": self.n_layers,
            "heads": self.n_heads,
            "grid": [self.rows, self.cols],
            "prefix_tokens": list(self.prefix_names),
        }


def write_tour(
    path: str | os.PathLike[str], stops: Sequence[Stop], model: ModelFacts
) -> None:
    """Write stops to a JSON file, whole or not at all.

    Parameters
    ----------
    path
        The file.
    stops
        One at least.
    model
        The model they were made for.

    Raises
    ------
    ValueError
        When there is no stop, or `read_tour` would not take them back.
    OSError
        When the file can't be written; one that was there before is unchanged.
    """
    if not stops:
        raise ValueError("there is no stop to write yet: call tour(), or add one")
    records = [stop.record() for stop in stops]
    stops_of(records, lambda _state: None)
    tour = {
        "format": FORMAT,
        "version": VERSION,
        "model": model.record(),
        "stops": records,
    }
    text = json.dumps(tour, indent=1, ensure_ascii=False, allow_nan=False)
    contents = f"{text}\n".encode()
    if len(contents) > MOST_BYTES:
        raise ValueError(
            f"the tour takes {len(contents):,} bytes, and a tour file holds "
            f"{MOST_BYTES:,} at most: make two of it"
        )
    write_file(path, contents)


def read_tour(
    path: str | os.PathLike[str],
    model: ModelFacts,
    check: Callable[[Mapping[str, object]], object],
) -> list[Stop]:
    """Read the stops of a file that `write_tour` or a person wrote.

    Parameters
    ----------
    path
        The file.
    model
        The model on show; a tour of another one is refused.
    check
        Raises a TraitError, ValueError or TypeError for a state that the view can't
        take.

    Raises
    ------
    ValueError
        When anything in the file can't be taken: what, and where. Nothing is taken
        then.
    OSError
        When the file can't be read.
    """
    try:
        tour = _contents(Path(path))
        _check_frame(tour)
        _check_model(tour["model"], model)
        return _some_stops(tour["stops"], check)
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from error


def _contents(path: Path) -> dict[str, object]:
    # One byte more than is allowed tells, however large the file is.
    with path.open("rb") as file:
        contents = file.read(MOST_BYTES + 1)
    if len(contents) > MOST_BYTES:
        raise ValueError(f"it is larger than {MOST_BYTES:,} bytes, so it is no tour")
    try:
        tour = json.loads(
            contents.decode("utf-8-sig"),
            object_pairs_hook=_without_repeats,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it can't be read as JSON: {error}") from error
    if not isinstance(tour, dict):
        raise ValueError(_NO_TOUR)  # noqa: TRY004 - one kind of error for the whole file
    return cast("dict[str, object]", tour)


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made: dict[str, object] = {}
    for name, value in pairs:
        if name in made:
            raise ValueError(f"{name!r:.100} stands twice in one object")
        made[name] = value
    return made


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_NO_TOUR = (
    f'it is no tour: a tour is a JSON object with "format": "{FORMAT}", which '
    "save_tour writes"
)


def _check_frame(tour: Mapping[str, object]) -> None:
    if tour.get("format") != FORMAT:
        raise ValueError(_NO_TOUR)
    version = tour.get("version")
    if version is None:
        raise ValueError('"version" is missing')
    if isinstance(version, bool) or version != VERSION:
        raise ValueError(
            f"version {version!r:.100} of the format can't be read: this vitwidgets "
            f"reads version {VERSION}; a newer one may read it"
        )
    for name in _FIELDS:
        if name not in tour:
            raise ValueError(f'"{name}" is missing')
    for name in tour:
        if name not in _FIELDS:
            raise ValueError(
                f"{name!r:.100} is not known; a tour has {', '.join(_FIELDS)}"
            )


def _check_model(record: object, model: ModelFacts) -> None:
    made_for = _model_facts(record)
    if made_for != model:
        raise ValueError(
            f"it was made for {made_for}, and this is {model}: open that model, or "
            "record a tour of this one"
        )


def _model_facts(record: object) -> ModelFacts:
    if isinstance(record, dict):
        facts = cast("dict[str, object]", record)
        match [facts.get(name) for name in _MODEL_FIELDS]:
            case [
                str(name),
                int(layers),
                int(heads),
                [int(rows), int(cols)],
                prefix,
            ] if (
                set(facts) == set(_MODEL_FIELDS)
                and _are_sizes(layers, heads, rows, cols)
                and _are_names(prefix)
            ):
                names = tuple(cast("list[str]", prefix))
                return ModelFacts(name, layers, heads, rows, cols, names)
            case _:
                pass
    raise ValueError(
        f"model={record!r:.200} doesn't say which model it is; name, layers, heads, "
        "grid [rows, columns] and prefix_tokens are needed"
    )


def _are_sizes(*values: int) -> bool:
    return all(not isinstance(value, bool) and value > 0 for value in values)


def _are_names(value: object) -> bool:
    if not isinstance(value, list):
        return False
    return all(isinstance(name, str) for name in cast("list[object]", value))


def _some_stops(
    records: object, check: Callable[[Mapping[str, object]], object]
) -> list[Stop]:
    stops = stops_of(records, check)
    if not stops:
        raise ValueError("there is no stop in it")
    return stops
