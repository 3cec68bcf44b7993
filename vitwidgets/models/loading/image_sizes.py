"""Whether a model takes another image size than the one it was made for."""

from __future__ import annotations


def require_whole_patches(size: tuple[int, int], patch: tuple[int, int]) -> None:
    """Check that patches fill an image, as the rest of it would be cut off unseen.

    Raises
    ------
    ValueError
        If height or width is no multiple of the patch's; the message names sizes that
        are.
    """
    if any(side % step for side, step in zip(size, patch, strict=True)):
        fitting = [
            max(step, round(side / step) * step)
            for side, step in zip(size, patch, strict=True)
        ]
        raise ValueError(
            f"image_size is {size}, not a multiple of the patch size {patch}; "
            f"{tuple(fitting)} is."
        )


def size_error(name: str, wanted: tuple[int, int], reason: str) -> ValueError:
    """Make the error for a model that does not take an image size."""
    return ValueError(
        f"{name} cannot take images of {wanted} pixels ({reason}); leave image_size "
        "out, or name a model that was made for this size."
    )
