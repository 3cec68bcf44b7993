"""What is on this machine of the model hub, and whether the hub can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.models.loading.errors import unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable

_SECONDS = 5.0


def cached(identifier: str, files: Iterable[str]) -> str | None:
    """Give the path of the first of some files that was downloaded before.

    Parameters
    ----------
    identifier
        The repository, with ``@revision`` for another than the main one.
    files
        Names in the repository, the preferred one first.
    """
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415

    repository, _, revision = identifier.partition("@")
    for file in files:
        found = try_to_load_from_cache(repository, file, revision=revision or None)
        if isinstance(found, str):
            return found
    return None


def require_hub(name: str) -> None:
    """Fail within seconds where the hub's own client retries for most of a minute.

    Raises
    ------
    WeightsUnavailableError
        If the hub cannot be reached.
    """
    from huggingface_hub import constants  # noqa: PLC0415
    from huggingface_hub.utils import get_session  # noqa: PLC0415

    try:
        get_session().head(constants.ENDPOINT, timeout=_SECONDS)
    except Exception as error:
        problem = "are not on this machine and the model hub cannot be reached"
        raise unavailable(name, problem, error) from error
