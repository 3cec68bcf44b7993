"""Whether a name is one that `load_model` could load, before anything is loaded."""

from __future__ import annotations

from vitwidgets.models.loading.bundled_model import BUNDLED
from vitwidgets.models.loading.from_timm import require_hookable
from vitwidgets.models.loading.open_clip_names import PREFIX, look_up


def require_loadable(name: str) -> None:
    """Check a model's name without a download and without any weights.

    What only the hub knows is not asked: that a repository exists, and what is in it.

    Parameters
    ----------
    name
        As :func:`vitwidgets.load_model` takes it.

    Raises
    ------
    UnknownModelError
        If there is no model, or no tag, of this name; the message suggests others.
    UnsupportedModelError
        If it is no vision transformer that can be hooked.
    WeightsUnavailableError
        If an architecture of open_clip has no trained weights.
    """
    if name == BUNDLED:
        return
    if name.startswith(PREFIX):
        look_up(name, tag_needed=True)
    else:
        require_hookable(name)
