"""The architecture of timm that weights from a file fit, found among the near ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vitwidgets.models.loading.checkpoint_fit import compare
from vitwidgets.models.loading.structure import without_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

_SIZES = ("tiny", "small", "medium", "base", "large", "huge")
_SIZE = re.compile(r"(?<=_)(?:" + "|".join(_SIZES) + r")(?=_)")
_PATCH = re.compile(r"(?<=patch)\d+")
_KERNEL = "patch_embed.proj.weight"
# What depends on the image size, and the head, on the classes.
_FREE = ("pos_embed", "rel_pos", "relative_position", "head.")


def fitting_architecture(name: str, state: Mapping[str, Tensor]) -> str | None:
    """Find an architecture that differs in size or patch from a name and fits weights.

    Parameters
    ----------
    name
        Name of timm, with or without a tag.
    state
        Weights by name.
    """
    import timm  # noqa: PLC0415 (takes a second)

    asked = base = name.split(".", maxsplit=1)[0]
    kernel = state.get(_KERNEL)
    if kernel is not None:
        base = _PATCH.sub(str(kernel.shape[-1]), base)
    near = dict.fromkeys([base, *(_SIZE.sub(size, base) for size in _SIZES)])
    for other in near:
        if other != asked and timm.is_model(other) and _fits(other, state):
            return other
    return None


def _fits(name: str, state: Mapping[str, Tensor]) -> bool:
    import timm  # noqa: PLC0415 (takes a second)

    with without_numbers():
        misfit = compare(state, timm.create_model(name))
    names = (*misfit.missing, *misfit.unexpected, *misfit.misshapen)
    return all(any(part in name for part in _FREE) for name in names)
