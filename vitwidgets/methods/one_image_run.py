"""What it takes to start from a run: one image's, with nothing edited in it."""

from __future__ import annotations

from vitwidgets.models import ActivationCache


def require_one_image_run(role: str, run: object) -> None:
    """Raise unless something is a run of one image without hooks.

    Parameters
    ----------
    role
        What it is given as, such as ``"the donor"``.
    run
        What was given.

    Raises
    ------
    TypeError
        If it is no run.
    ValueError
        If it is one of several images, or with hooks.
    """
    if not isinstance(run, ActivationCache):
        raise TypeError(
            f"{role} must be a run that run_with_cache kept, got a {type(run).__name__}"
        )
    if run.n_images != 1:
        raise ValueError(
            f"{role} is a run of {run.n_images} images, and that of one is needed: "
            f"choose it, as in cache.images(0)"
        )
    if run.source.edited:
        raise ValueError(
            f"{role} is a run with hooks on {min(run.source.edited)!r}: make it "
            f"without them, since a part that is run again would run without them"
        )
