"""What a class is called, with its package."""

from __future__ import annotations


def class_path(thing: object) -> str:
    """Class of an object with its package, such as ``timm.layers.mlp.Mlp``."""
    kind = type(thing)
    return f"{kind.__module__}.{kind.__qualname__}"
