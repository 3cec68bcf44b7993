"""The activations of one run."""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vitwidgets.models import derivation
from vitwidgets.models.errors import StaleCacheError, UnknownSiteError
from vitwidgets.models.sites import in_block, unknown_site
from vitwidgets.models.tensor_versions import version

if TYPE_CHECKING:
    from torch import nn

    from vitwidgets.models.config import ViTConfig
    from vitwidgets.models.recipes import Recipe


@dataclass(frozen=True)
class CacheSource:
    """What a cache knows about the model that filled it."""

    name: str
    config: ViTConfig
    sites: Mapping[str, None]
    missing: Mapping[str, str]
    recipes: Mapping[str, Recipe]
    scales: tuple[float, ...]
    weights: Mapping[int, tuple[tuple[nn.Module, str], ...]]


class _Snapshot:
    """A tensor by reference, with the state in which it has to stay."""

    __slots__ = ("_place", "_version", "tensor")

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor
        self._version = version(tensor)
        self._place = tensor.data_ptr()

    def read(self, what: str) -> Tensor:
        self.check(what)
        # Without versions nobody could tell if the reader changed it.
        return self.tensor.clone() if self._version is None else self.tensor

    def check(self, what: str) -> None:
        if (
            version(self.tensor) == self._version
            and self.tensor.data_ptr() == self._place
        ):
            return
        raise StaleCacheError(
            f"{what} was changed in place after the run that cached it: run the model "
            f"again, and change copies (value.clone()) only"
        )


class ActivationCache(Mapping[str, Tensor]):
    """Activations of one run by site name, held or derived when they are read.

    What is held is held by reference, on the model's device and in its dtype. What
    follows bit for bit from that (the pattern from q and k, the norms' insides, ...) is
    computed anew at each reading. A tensor that somebody changed in place after the run
    is an error at reading, never a wrong number.

    A mapping: ``cache[name]``, ``name in cache``, iteration over all names that can be
    read (in the order of the forward pass), ``len(cache)``.

    Attributes
    ----------
    budget
        Bytes that it was allowed to hold.
    """

    def __init__(
        self, source: CacheSource, values: Mapping[str, Tensor], budget: int
    ) -> None:
        self.budget = budget
        self._source = source
        self._held = {name: _Snapshot(value) for name, value in values.items()}
        self._weights = {
            key: [(name, _Snapshot(getattr(owner, name))) for owner, name in weights]
            for key, weights in source.weights.items()
        }
        self._grad = torch.is_grad_enabled()
        device = next(iter(values.values())).device.type
        self._autocast: tuple[str, torch.dtype] | None = (
            (device, torch.get_autocast_dtype(device))
            if torch.is_autocast_enabled(device)
            else None
        )
        self._readable: dict[str, bool] = {}

    def __getitem__(self, name: str) -> Tensor:
        """Value of a site.

        Raises
        ------
        UnknownSiteError
            If the model has no such site, or the run did not keep it.
        StaleCacheError
            If what it is, or is computed from, was changed after the run.
        """
        if not self._can_read(name):
            raise self._unreadable(name)
        with self._as_in_run():
            return self._value(name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._can_read(name)

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._source.sites if self._can_read(name))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def nbytes(self) -> int:
        """Bytes held; tensors that share their memory count once."""
        storages = (held.tensor.untyped_storage() for held in self._held.values())
        return sum({s.data_ptr(): s.nbytes() for s in storages}.values())

    def pattern(
        self, layer: int, head: int | None = None, query: int | None = None
    ) -> Tensor:
        """Attention pattern of a block, computing no more of it than is asked.

        Parameters
        ----------
        layer
            Index of the block.
        head
            Index of a head; None for all.
        query
            Index of the token that attends; None for all.

        Returns
        -------
        Tensor
            ``(batch, head, query, key)`` without the axes that were chosen; float32
            (float64 for a float64 model), each row summing to 1.

        Raises
        ------
        IndexError
            If the layer, head or query does not exist.
        UnknownSiteError
            If the run did not keep what the pattern is computed from.
        """
        config = self._source.config
        layer = _index("layer", layer, config.n_layers)
        name = in_block(layer, "attn.hook_pattern")
        if not self._can_read(name):
            raise self._unreadable(name)
        heads = _slice("head", head, config.n_heads)
        with self._as_in_run():
            rows = self._pattern_rows(layer, heads, query)
        if head is not None:
            rows = rows.select(1, 0)
        return rows if query is None else rows.select(-2, 0)

    def _pattern_rows(self, layer: int, heads: slice, query: int | None) -> Tensor:
        name = in_block(layer, "attn.hook_pattern")
        scores_name = in_block(layer, "attn.hook_attn_scores")
        if name in self._held:
            pattern = self._value(name)
            return pattern[:, heads, _slice("query", query, pattern.shape[2])]
        if scores_name in self._held:
            scores = self._value(scores_name)
            rows = scores[:, heads, _slice("query", query, scores.shape[2])]
        else:
            q = self._value(in_block(layer, "attn.hook_rot_q")).transpose(1, 2)
            k = self._value(in_block(layer, "attn.hook_rot_k")).transpose(1, 2)
            q = q[:, heads, _slice("query", query, q.shape[2])]
            scale = self._source.scales[layer]
            rows = derivation.attention_scores(q, k[:, heads], scale)
        return rows.softmax(-1)

    def __repr__(self) -> str:
        return (
            f"ActivationCache of {self._source.name}: {len(self)} sites readable, "
            f"{self.nbytes / 1e6:.1f} MB held"
        )

    @contextlib.contextmanager
    def _as_in_run(self) -> Generator[None]:
        """Compute as the run did: no graph where it had none, its own autocast."""
        with torch.set_grad_enabled(self._grad and torch.is_grad_enabled()):
            if self._autocast is None:
                yield
            else:
                device, dtype = self._autocast
                with torch.autocast(device, dtype=dtype):
                    yield

    def _can_read(self, name: str) -> bool:
        known = self._readable.get(name)
        if known is None:
            known = name in self._held
            if not known and (recipe := self._source.recipes.get(name)) is not None:
                known = all(self._can_read(source) for source in recipe.sources)
            self._readable[name] = known
        return known

    def _value(self, name: str) -> Tensor:
        held = self._held.get(name)
        if held is not None:
            return held.read(repr(name))
        recipe = self._source.recipes[name]
        for module in recipe.modules:
            for weight_name, weight in self._weights.get(id(module), ()):
                weight.check(f"the {weight_name} that {name!r} is computed with")
        return recipe.compute(*(self._value(source) for source in recipe.sources))

    def _unreadable(self, name: str) -> UnknownSiteError:
        if name not in self._source.sites:
            return unknown_site(name, self._source.sites, self._source.missing)
        return UnknownSiteError(
            f"{name!r} was not kept by this run ({len(self)} sites were): add it to "
            f"names_filter"
        )


def _index(what: str, index: int, length: int) -> int:
    index = operator.index(index)
    if not 0 <= index < length:
        raise IndexError(f"there is no {what} {index}: it runs from 0 to {length - 1}")
    return index


def _slice(what: str, index: int | None, length: int) -> slice:
    if index is None:
        return slice(None)
    index = _index(what, index, length)
    return slice(index, index + 1)
