"""The error of everything that was meant to be an image and cannot be one."""

from __future__ import annotations


class ImageError(ValueError):
    """Something given as an image cannot be used.

    The message says what was wrong, with which value, and what to do.
    """
