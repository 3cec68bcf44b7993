"""A forward pass that starts at a block, from a residual stream that is known.

The earlier blocks and the patch embedding are passed by; everything else (rotary and
relative positions, later stages, pooling, heads) is the model's own code. It runs on
black images, one for each variant of the stream, and the block's input is replaced.
"""

from __future__ import annotations

import dataclasses
import operator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vitwidgets.models.caching.cache import ActivationCache
from vitwidgets.models.errors import (
    HookError,
    InvalidReplacementError,
    StaleCacheError,
    UnknownSiteError,
)
from vitwidgets.models.interception.detours import put_up, take_down
from vitwidgets.models.interception.replacement import first_index, laid_out_like
from vitwidgets.models.interception.session import Session, live_session
from vitwidgets.models.interception.session_hooks import has_foreign_hooks
from vitwidgets.models.running.blank_input import BlankPatches, inputs_for
from vitwidgets.models.running.variant_batches import parts_of, usual_batch_size
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import nn

    from vitwidgets.models.interception.detours import Shortcut
    from vitwidgets.models.interception.hooks import Edit
    from vitwidgets.models.interception.tap_table import TapTable
    from vitwidgets.models.pieces.parts import Layout


@dataclasses.dataclass(frozen=True)
class Continuation:
    """What a run is to start from, as it was asked for.

    Attributes
    ----------
    block
        Index of the first block that runs.
    residual
        ``(variant, token, d_model)``: its input; None for what the cache holds.
    batch_size
        Variants in one pass; None for an estimate of what is fastest.
    """

    block: int
    residual: Tensor | None
    batch_size: int | None


class Resumption:
    """Starts forward passes of one model at a later block.

    Parameters
    ----------
    layout
        The model.
    taps
        Its taps.
    """

    def __init__(self, layout: Layout, taps: TapTable) -> None:
        self._layout = layout
        self._taps = taps
        self._blank_patches = BlankPatches(layout.patch_embed)

    def session(
        self,
        cache: object,
        start: Continuation,
        edits: Sequence[Edit],
        device: torch.device,
    ) -> ResumedSession:
        """Check what a run would start from; give the session that it runs in.

        Parameters
        ----------
        cache
            The run to go on from.
        start
            Where to start, and from what.
        edits
            Hook functions with their sites.
        device
            Where the model is.

        Raises
        ------
        TypeError, ValueError, IndexError, UnknownSiteError, HookError
            As `HookedViT.resume` says.
        """
        own = self._own_cache(cache)
        block = _block_index(start.block, len(self._layout.blocks))
        site = in_block(block, "hook_resid_pre")
        if site not in self._layout.sites:
            reason = self._layout.missing.get(site, "its family has none")
            raise UnknownSiteError(
                f"a run cannot start at block {block}, as this model has no site "
                f"{site!r}: {reason}"
            )
        self._require_reached(site, edits)
        if start.residual is None:
            _require_same_weights(own)
            stream = own[site].to(device)
            usual = len(stream)
        else:
            stream = _finite(start.residual, device)
            usual = usual_batch_size(self._layout.config, stream)
        inputs = inputs_for(own.source.images, len(stream))
        size = usual if start.batch_size is None else _positive(start.batch_size)
        return ResumedSession(
            self._layout.module,
            self._taps,
            edits,
            _Start(site, stream, size, inputs.to(device)),
            self._detours(block),
        )

    def _own_cache(self, cache: object) -> ActivationCache:
        if not isinstance(cache, ActivationCache):
            raise TypeError(
                f"a run is resumed from a cache that run_with_cache gave, not from a "
                f"{type(cache).__name__}"
            )
        if cache.source.sites is not self._layout.sites:
            raise ValueError(
                f"the cache is another model's ({cache.source.name}): make one with "
                f"run_with_cache of this very HookedViT"
            )
        return cache

    def _require_reached(self, site: str, edits: Sequence[Edit]) -> None:
        enclosing = live_session(self._layout.module)
        inherited = enclosing.edited_sites() if enclosing else frozenset[str]()
        hooked = inherited.union(edit.point.name for edit in edits)
        if not hooked:
            return
        for name in self._layout.sites:
            if name == site:
                return
            if name in hooked:
                raise HookError(
                    f"the hook on {name!r} would never be reached: the run starts at "
                    f"{site!r}, behind it. Resume from an earlier block, or leave the "
                    f"hook out"
                )

    def _detours(self, block: int) -> list[tuple[nn.Module, Shortcut]]:
        """Give the parts that are passed by, with what is done instead."""
        passed = [part.module for part in self._layout.blocks[:block]]
        detours: list[tuple[nn.Module, Shortcut]]
        detours = [(part, _unchanged) for part in passed]
        return [(self._layout.patch_embed, self._blank_patches), *detours]


@dataclasses.dataclass(frozen=True)
class _Start:
    """Where and from what a run starts, how many variants at a time, on what inputs."""

    site: str
    stream: Tensor
    batch_size: int
    inputs: Tensor


class ResumedSession(Session):
    """A session in which earlier blocks are passed by and a block's input replaced.

    Parameters
    ----------
    module, taps, edits
        As those of a `Session`.
    start
        Where it starts.
    detours
        The parts that are passed by.
    """

    def __init__(
        self,
        module: nn.Module,
        taps: TapTable,
        edits: Sequence[Edit],
        start: _Start,
        detours: Sequence[tuple[nn.Module, Shortcut]],
    ) -> None:
        # Keeping the site makes sure that the run comes through it.
        whole = has_foreign_hooks(module)
        super().__init__(module, taps, edits, (start.site,), whole=whole)
        self._start = start
        self._part = start.stream
        self._detours = detours

    def open(self) -> None:
        """Put up detours and hooks; has to be followed by `close`, whatever happens."""
        for part, shortcut in self._detours:
            put_up(part, self, shortcut)
        super().open()

    def close(self) -> None:
        """Take all of them away. May be called again."""
        super().close()
        for part, _ in self._detours:
            take_down(part, self)

    def run(self, forward: Callable[[Tensor], Tensor]) -> Tensor:
        """Give the logits of all variants, ``(variant, class)``.

        Parameters
        ----------
        forward
            Runs the whole model on images.
        """
        stream, inputs = self._start.stream, self._start.inputs
        logits: list[Tensor] = []
        for variants in parts_of(len(stream), self._start.batch_size):
            self._part = stream[variants]
            for edit in self.edit_list():
                edit.point = dataclasses.replace(edit.point, variants=variants)
            logits.append(forward(inputs[variants]))
        return logits[0] if len(logits) == 1 else torch.cat(logits)

    def edits(self, *names: str) -> bool:
        """Whether one of these sites may be replaced in this run."""
        return self._start.site in names or super().edits(*names)

    def visit(self, site: str, value: Tensor) -> Tensor:
        """Show a site's value, at the start the known stream, to its hooks."""
        if site == self._start.site:
            _require_like(site, value, self._start.stream)
            value = laid_out_like(value, self._part)
        return super().visit(site, value)


def _require_same_weights(cache: ActivationCache) -> None:
    if not cache.source.weights.is_current():
        raise StaleCacheError(
            "the model's weights were changed or moved after the run that was cached: "
            "run it again, or give the stream to go on from as residual"
        )


def _unchanged(stream: Tensor, *_: object, **__: object) -> Tensor:
    return stream


def _integer(what: str, number: int) -> int:
    try:
        return operator.index(number)
    except TypeError as error:
        raise TypeError(f"{what} must be an integer, got {number!r}") from error


def _block_index(block: int, n_blocks: int) -> int:
    index = _integer("block", block)
    if not 0 <= index < n_blocks:
        raise IndexError(f"there is no block {index}: it runs from 0 to {n_blocks - 1}")
    return index


def _positive(batch_size: int) -> int:
    size = _integer("batch_size", batch_size)
    if size < 1:
        raise ValueError(f"at least one variant is run at a time, not {size}")
    return size


def _finite(residual: object, device: torch.device) -> Tensor:
    """Give a residual stream, or an error that says why it is none."""
    if not isinstance(residual, Tensor):
        raise TypeError(
            f"residual must be a tensor of shape (variant, token, d_model), got "
            f"{type(residual).__name__}"
        )
    if residual.dim() == 0 or not len(residual):
        raise InvalidReplacementError(
            f"residual holds no variant: its shape is {tuple(residual.shape)}"
        )
    if residual.device != device:
        raise InvalidReplacementError(
            f"residual is on {residual.device}, the model is on {device}: move it with "
            f"residual.to({str(device)!r})"
        )
    wrong = ~torch.isfinite(residual)
    if bool(wrong.any()):
        raise InvalidReplacementError(
            f"residual holds {int(wrong.sum())} values that are NaN or infinite, first "
            f"at index {first_index(wrong)}"
        )
    return residual


def _require_like(site: str, value: Tensor, stream: Tensor) -> None:
    """Raise unless a stream can take the place of the one on black images."""
    if stream.shape[1:] != value.shape[1:]:
        shape = ", ".join(map(str, value.shape[1:]))
        raise InvalidReplacementError(
            f"residual has shape {tuple(stream.shape)}, {site!r} is (variants, "
            f"{shape}) for the images of the cache"
        )
    if stream.dtype != value.dtype:
        raise InvalidReplacementError(
            f"residual is {stream.dtype}, {site!r} is {value.dtype} here: convert it "
            f"with .to({value.dtype}), and resume under the autocast of the first run, "
            f"if there was one"
        )
