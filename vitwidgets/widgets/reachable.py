"""How much memory an object of vitwidgets holds."""

from __future__ import annotations

import gc
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from types import CellType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from numpy.typing import NDArray

_CONTAINERS = (dict, list, tuple, set, frozenset, deque, partial, CellType)
_CODE = (type, ModuleType)


@dataclass
class Reached:
    """What an object leads to.

    Attributes
    ----------
    sizes
        Bytes of each storage of tensors, array or bytes object, by its place: what is
        shared counts once.
    met
        Identities of other objects of interest on the way, beyond which was not looked.
    """

    sizes: dict[int, int] = field(default_factory=dict[int, int])
    met: set[int] = field(default_factory=set[int])


def reached_from(
    start: object, others: AbstractSet[int], *, without: AbstractSet[int]
) -> Reached:
    """Follow an object through containers, closures and objects of vitwidgets.

    Other people's objects are not followed: a widget leads to its kernel, and that to
    everything.

    Parameters
    ----------
    start
        Where to begin.
    others
        Identities of the objects to stop at.
    without
        Places that belong to something else, and don't count.
    """
    found = Reached()
    seen: set[int] = set()
    waiting = [start]
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, _CODE):
            continue
        seen.add(id(each))
        if id(each) in others and each is not start:
            found.met.add(id(each))
            continue
        for place, size in _owned(each):
            if place not in without:
                found.sizes[place] = size
        waiting.extend(_next(each))
    return found


def _owned(thing: Any) -> Iterable[tuple[int, int]]:
    if isinstance(thing, torch.Tensor) and thing.layout == torch.strided:
        storage = thing.untyped_storage()
        return [(storage.data_ptr(), storage.nbytes())]
    if isinstance(thing, np.ndarray):
        array = cast("NDArray[Any]", thing)
        return [(id(array), array.nbytes)] if array.base is None else []
    if isinstance(thing, bytes):
        return [(id(thing), len(thing))]
    return []


def _next(thing: Any) -> Iterable[Any]:
    if isinstance(thing, np.ndarray):
        return [thing.base]
    if isinstance(thing, nn.Module):
        return [*thing.parameters(), *thing.buffers()]
    if isinstance(thing, MethodType):
        return [thing.__self__, thing.__func__]
    if isinstance(thing, FunctionType):
        return thing.__closure__ or ()
    ours = type(thing).__module__.partition(".")[0] == "vitwidgets"
    if ours or isinstance(thing, _CONTAINERS):
        return gc.get_referents(thing)
    return ()
