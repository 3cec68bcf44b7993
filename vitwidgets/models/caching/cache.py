"""The activations of one run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from vitwidgets.models.caching.files import write
from vitwidgets.models.caching.index_checks import (
    Images,
    chosen_images,
    index_of,
    slice_of,
)
from vitwidgets.models.caching.run_values import RunValues
from vitwidgets.models.caching.snapshot import Snapshot
from vitwidgets.models.caching.tensor_layout import Place, places_of
from vitwidgets.models.errors import UnknownSiteError
from vitwidgets.models.pieces import derivation
from vitwidgets.models.sites import in_block, unknown_site

if TYPE_CHECKING:
    import os

    from torch import nn

    from vitwidgets.models.caching.gradients import Gradients
    from vitwidgets.models.caching.run_mode import RunMode
    from vitwidgets.models.caching.source import CacheSource


class ActivationCache(Mapping[str, Tensor]):
    """Activations of one run by site name, held or derived when they are read.

    What is held is held by reference, on the model's device and in its dtype. What
    follows bit for bit from that (the pattern from q and k, the norms' insides, ...) is
    computed when it is read. Within the budget it is then kept for the next reading,
    unless the run was one with gradients; what was read longest ago goes first. A
    tensor that somebody changed in place after the run is an error at reading, never a
    wrong number.

    A mapping: ``cache[name]``, ``name in cache``, iteration over all names that can be
    read (in the order of the forward pass), ``len(cache)``.
    """

    def __init__(
        self,
        source: CacheSource,
        values: Mapping[str, Tensor],
        budget: int,
        mode: RunMode | None = None,
        gradients: Gradients | None = None,
    ) -> None:
        if source.images.is_inference():
            # Nobody could tell whether its owner changed it.
            source = dataclasses.replace(source, images=source.images.clone())
        self._source = source
        self._images = Snapshot(source.images)
        self._gradients = gradients
        self._values = RunValues(source, values, budget - self._gradient_bytes, mode)

    def __getitem__(self, name: str) -> Tensor:
        """Value of a site.

        Raises
        ------
        UnknownSiteError
            If the model has no such site, or the run did not keep it.
        StaleCacheError
            If what it is, or is computed from, was changed after the run.
        TypeError
            If `name` is no text.
        """
        if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                f"a cache is read by the name of a site, such as "
                f"cache['blocks.3.attn.hook_pattern'], got {name!r}"
            )
        self._require_readable(name)
        with self._values.as_in_run():
            return self._values.read(name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._values.can_read(name)

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._source.sites if self._values.can_read(name))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        n_edited = len(self._source.edited)
        edited = f", of a run with hooks on {n_edited} sites" if n_edited else ""
        return (
            f"ActivationCache of {self._source.name}: {len(self)} sites readable, "
            f"{self.nbytes / 1e6:.1f} MB held{edited}"
        )

    @property
    def budget(self) -> int:
        """Bytes that it may hold."""
        return self._values.budget + self._gradient_bytes

    @property
    def nbytes(self) -> int:
        """Bytes held; tensors that share their memory count once.

        Gradients count, too; the images of the run, held by reference, do not.
        """
        return self._values.nbytes + self._gradient_bytes

    @property
    def source(self) -> CacheSource:
        """What it knows about the run that filled it."""
        return self._source

    @property
    def gradients(self) -> Gradients:
        """The gradients of the run's metric, by site name.

        Raises
        ------
        UnknownSiteError
            If the run was one without.
        """
        if self._gradients is None:
            raise UnknownSiteError(
                "this run kept no gradients: give run_with_cache a function of the "
                "logits, such as gradients_of=lambda logits: logits[:, 3].sum()"
            )
        return self._gradients

    @property
    def n_images(self) -> int:
        """Number of images."""
        return self._source.images.shape[0]

    def pattern(
        self, layer: int, head: int | None = None, query: int | None = None
    ) -> Tensor:
        """Attention pattern of a block, computing no more of it than is asked.

        Parameters
        ----------
        layer
            Index of the block, from 0. No index counts from the end: -1 is an error.
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
        StaleCacheError
            If that was changed after the run.
        """
        layer = index_of("layer", layer, self._source.config.n_layers)
        name = in_block(layer, "attn.hook_pattern")
        if head is None and query is None:
            return self[name]
        self._require_readable(name)
        heads = slice_of("head", head, self._source.config.n_heads)
        with self._values.as_in_run():
            rows = self._pattern_rows(layer, heads, query)
        if head is not None:
            rows = rows.select(1, 0)
        return rows if query is None else rows.select(-2, 0)

    def result(
        self, layer: int, head: int | None = None, token: int | None = None
    ) -> Tensor:
        """Give what heads add through the output projection, and no more than is asked.

        Parameters
        ----------
        layer
            Index of the block, from 0. No index counts from the end: -1 is an error.
        head
            Index of a head; None for all.
        token
            Index of the token that it is added to; None for all.

        Returns
        -------
        Tensor
            ``(batch, token, head, d_model)`` without the axes that were chosen, before
            the projection's bias and LayerScale.

        Raises
        ------
        IndexError
            If the layer, head or token does not exist.
        UnknownSiteError
            If the model has no `hook_result`, or the run did not keep z.
        StaleCacheError
            If z or the projection was changed after the run.
        """
        layer = index_of("layer", layer, self._source.config.n_layers)
        name = in_block(layer, "attn.hook_result")
        if head is None and token is None:
            return self[name]
        self._require_readable(name)
        heads = slice_of("head", head, self._source.config.n_heads)
        with self._values.as_in_run():
            some = self._result_part(name, heads, token)
        if head is not None:
            some = some.select(2, 0)
        return some if token is None else some.select(1, 0)

    def to(self, device: torch.device | str) -> ActivationCache:
        """Give a cache whose tensors are on a device, to free the memory of another.

        What is derived with weights is still computed where the weights are, of copies
        of its sources there, and comes back; the rest is computed on the new device,
        which may round the last bits otherwise.

        Raises
        ------
        ValueError
            If the device cannot be used.
        StaleCacheError
            If a held tensor was changed after the run.
        """
        target = _usable(device)
        return self._mapped(lambda tensor: tensor.to(target))

    def images(self, which: Images) -> ActivationCache:
        """Give a cache of some of the images, its batch axis kept.

        Parameters
        ----------
        which
            Index of an image, a slice, or a list of indices, counted from 0 (a slice
            may count from the end, an index may not). An index or a slice gives views,
            which keep the memory of all images alive; a list gives copies.

        Raises
        ------
        IndexError
            If an image does not exist, or none is chosen.
        StaleCacheError
            If a held tensor was changed after the run.
        """
        chosen = chosen_images(which, self.n_images)
        return self._mapped(lambda tensor: _of_images(tensor, self.n_images, chosen))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write what is held to a safetensors file, for `HookedViT.load_cache`.

        With it go digests of the model, its preprocessing and the images of the run. A
        file of this name is replaced once all is written, and left alone otherwise.

        Raises
        ------
        OSError
            If the file cannot be written.
        StaleCacheError
            If activations, images or weights were changed after the run.
        """
        self._images.check("the batch of images")
        record = {
            "name": self._source.name,
            "run": self._source.fingerprint(),
            "edited": sorted(self._source.edited),
            "recipes": sorted(self._source.recipes),
            "sites": list(self),
            "autocast": self._values.mode.autocast_name,
        }
        write(Path(path), self._values.held(), record)

    def _mapped(self, change: Callable[[Tensor], Tensor]) -> ActivationCache:
        """Give a cache of changed tensors; one that is two sites is changed once."""
        self._images.check("the batch of images")
        values = self._values.held()
        places = places_of(values)
        changed: dict[Place, Tensor] = {}
        with self._values.as_in_run():
            for name, place in places.items():
                if place not in changed:
                    changed[place] = change(values[name])
            images = change(self._source.images)
        return ActivationCache(
            dataclasses.replace(self._source, images=images),
            {name: changed[place] for name, place in places.items()},
            self.budget,
            self._values.mode,
            self._gradients and self._gradients.mapped(change),
        )

    @property
    def _gradient_bytes(self) -> int:
        return self._gradients.nbytes if self._gradients else 0

    def _require_readable(self, name: str) -> None:
        if self._values.can_read(name):
            return
        if name not in self._source.sites:
            raise unknown_site(name, self._source.sites, self._source.missing)
        raise UnknownSiteError(
            f"{name!r} was not kept by this run ({len(self)} sites were): add it to "
            f"names_filter"
        )

    def _pattern_rows(self, layer: int, heads: slice, query: int | None) -> Tensor:
        values = self._values
        name = in_block(layer, "attn.hook_pattern")
        scores_name = in_block(layer, "attn.hook_attn_scores")
        rows = self._source.scores[layer]
        if values.holds(name) or rows is None:
            pattern = values.value(name)
            return pattern[:, heads, slice_of("query", query, pattern.shape[2])]
        if values.holds(scores_name):
            scores = values.value(scores_name)
            some = scores[:, heads, slice_of("query", query, scores.shape[2])]
        else:
            operands = tuple(values.value(source) for source in rows.sources)
            queries = slice_of("query", query, operands[0].shape[1])
            some = rows.compute(operands, heads, queries)
        return some.softmax(-1)

    def _result_part(self, name: str, heads: slice, token: int | None) -> Tensor:
        if self._values.holds(name):
            result = self._values.value(name)
            return result[:, slice_of("token", token, result.shape[1]), heads]
        recipe = self._source.recipes[name]
        projection = cast("nn.Linear", recipe.modules[0])

        def compute(z: Tensor) -> Tensor:
            tokens = slice_of("token", token, z.shape[1])
            return derivation.head_results(z[:, tokens, heads], projection, heads)

        return self._values.computed(name, dataclasses.replace(recipe, compute=compute))


def _usable(device: torch.device | str) -> torch.device:
    try:
        found = torch.device(device)
        # A device that torch can name may still be missing or out of order.
        torch.zeros((), device=found)
    except (RuntimeError, AssertionError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(
            f"the device {device!r} cannot be used ({reason}): give 'cpu', or "
            f"leave the cache where it is"
        ) from error
    return found


def _of_images(tensor: Tensor, n_images: int, chosen: slice | list[int]) -> Tensor:
    rows = tensor.shape[0]
    if rows == n_images:
        return tensor[chosen]
    if rows == 1:  # one for all images, such as relative positions
        return tensor
    # Several rows an image, such as its windows.
    by_image = tensor.view(n_images, -1, *tensor.shape[1:])[chosen]
    return by_image.flatten(0, 1)
