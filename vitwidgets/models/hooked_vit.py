"""A vision transformer whose activations can be read and replaced by name."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from vitwidgets.models.attached_module import AttachedModule
from vitwidgets.models.caching.size import DEFAULT_BUDGET
from vitwidgets.models.families.self_test import require_honest_blocks
from vitwidgets.models.running.resume import Continuation
from vitwidgets.models.words.word_classes import WordClasses

if TYPE_CHECKING:
    import os
    from collections.abc import Generator, Iterable, Mapping, Sequence

    from torch import Tensor, nn

    from vitwidgets.images import Preprocessing
    from vitwidgets.models.caching.cache import ActivationCache
    from vitwidgets.models.interception.hooks import ForwardHooks, HookMaker, Receipt
    from vitwidgets.models.running.gradient_session import Metric
    from vitwidgets.models.sites import SiteFilter
    from vitwidgets.models.words.text_side import TextSource


class HookedViT(AttachedModule, WordClasses):
    """A timm ``VisionTransformer`` with named activations.

    The module is used in place: nothing of it is copied, switched or replaced. Hooks
    are on it only while a call or a ``hooks`` block runs, and for that thread alone.
    Logits are bit for bit those of the plain module.

    Parameters
    ----------
    module
        A ``timm.models.vision_transformer.VisionTransformer`` in eval mode, of exactly
        this class. One from ``torch.compile`` is run eagerly, since hooks on compiled
        code are silently ignored.
    preprocessing
        How pictures become this model's input; by default, what timm keeps with a
        module that it made.
    class_names, class_emoji
        One text for each logit.
    name
        What to call the model; by default, timm's name of its architecture.
    text
        The text side that goes with an image tower of CLIP, or what loads it when it is
        first asked for; None for a model without one.

    Attributes
    ----------
    module
        The module itself.
    config
        Its sizes.
    grid
        Where its tokens lie in an image of its own size.
    preprocessing, class_names, class_emoji, name
        As given or found; None where there is nothing.

    Raises
    ------
    UnsupportedModelError
        If the module is of a class that is not supported.
    ModelStateError
        If it is in training mode, or parts of it were replaced or compiled.
    ValueError
        If labels or preprocessing do not fit the module.

    Examples
    --------
    >>> model = HookedViT(timm.create_model("vit_tiny_patch16_224").eval())
    >>> logits, cache = model.run_with_cache(images)
    >>> cache.pattern(layer=3, head=1, query=0).shape
    torch.Size([1, 197])
    """

    def __init__(
        self,
        module: nn.Module,
        *,
        preprocessing: Preprocessing | None = None,
        class_names: Sequence[str] | None = None,
        class_emoji: Sequence[str] | None = None,
        name: str | None = None,
        text: TextSource = None,
    ) -> None:
        super().__init__(
            module,
            preprocessing=preprocessing,
            class_names=class_names,
            class_emoji=class_emoji,
            name=name,
            text=text,
        )
        require_honest_blocks(self._layout, self._taps, self._runs.weight)

    @property
    def receipt(self) -> Receipt:
        """What the hooks of this thread's last run did, one entry a hook and site."""
        return self._runs.receipt

    def __call__(self, images: Tensor) -> Tensor:
        """Run the module as it is, or with the hooks of the ``hooks`` block around it.

        Parameters
        ----------
        images
            ``(batch, channel, height, width)``, prepared as the model wants them.

        Returns
        -------
        Tensor
            ``(batch, class)``: logits, or features for a model without classifier.

        Raises
        ------
        TypeError, ValueError
            If `images` is not a batch that the model takes.
        ModelStateError
            If the model is in training mode.
        """
        return self._runs.plain(images)

    def run_with_cache(
        self,
        images: Tensor,
        names_filter: SiteFilter | None = None,
        *,
        budget: int = DEFAULT_BUDGET,
        gradients_of: Metric | None = None,
    ) -> tuple[Tensor, ActivationCache]:
        """Run the model and keep activations.

        Parameters
        ----------
        images
            ``(batch, channel, height, width)``, prepared as the model wants them.
        names_filter
            Which sites to keep: a name, a glob, a list of these, or a function of the
            name. None keeps every site.
        budget
            Bytes that may be held at most.
        gradients_of
            A function of the logits that gives one number, such as
            ``lambda logits: logits[:, 3].sum()``. The cache then has the gradient of
            that number at each of these sites, ``cache.gradients[name]``, from one
            backward pass; parameters get none.

        Returns
        -------
        logits
            ``(batch, class)``, bit for bit those of the plain model; without a graph if
            `gradients_of` was given.
        cache
            The activations.

        Raises
        ------
        CacheBudgetError
            If the cache would hold more than `budget`. Nothing has been run then.
        UnknownSiteError
            If `names_filter` names a site that the model lacks, or matches none.
        TypeError, ValueError
            If `images` is not a batch that the model takes, or `gradients_of` gives no
            finite number that depends on the logits.
        ModelStateError
            If the model is in training mode, or gradients are wanted in inference mode.
        """
        return self._runs.recorded(images, names_filter, budget, gradients_of)

    def load_cache(
        self,
        path: str | os.PathLike[str],
        images: Tensor,
        *,
        budget: int = DEFAULT_BUDGET,
    ) -> ActivationCache:
        """Load a cache that `ActivationCache.save` wrote, instead of running again.

        Parameters
        ----------
        path
            The file.
        images
            The very batch that was run, ``(batch, channel, height, width)``.
        budget
            Bytes that may be held at most.

        Raises
        ------
        OSError, DamagedCacheError
            If the file cannot be read, or is not as it was written.
        CacheMismatchError
            If it is of another model (class, sizes, weights), preprocessing or images.
        CacheBudgetError
            If the cache would hold more than `budget`.
        """
        return self._runs.loaded(path, images, budget)

    def run_with_hooks(self, images: Tensor, fwd_hooks: ForwardHooks) -> Tensor:
        """Run the model with hook functions on some sites.

        Parameters
        ----------
        images
            ``(batch, channel, height, width)``, prepared as the model wants them.
        fwd_hooks
            Pairs of a site filter (as in `run_with_cache`) and a function of a site's
            value and its `HookPoint`, which returns the value to go on with, or None
            to leave it. It has to leave the value it is given unchanged.

        Returns
        -------
        Tensor
            ``(batch, class)``: the logits.

        Raises
        ------
        UnknownSiteError
            If a filter names a site that the model lacks, or matches none.
        InvalidReplacementError
            If a returned value cannot take the site's place: another shape, dtype or
            device, a NaN, or an infinity that was not there.
        HookError
            If a hook was never reached, or changed a value in place.
        TypeError, ValueError
            If `images` is not a batch that the model takes.
        ModelStateError
            If the model is in training mode.
        """
        return self._runs.hooked(images, fwd_hooks)

    def resume(
        self,
        cache: ActivationCache,
        block: int,
        *,
        residual: Tensor | None = None,
        fwd_hooks: ForwardHooks = (),
        batch_size: int | None = None,
    ) -> Tensor:
        """Run the blocks from one on, from a residual stream that is known.

        Earlier blocks and the patch embedding are passed by; all else is the model's
        own code. Hooks of a ``hooks`` block around the call apply.

        Parameters
        ----------
        cache
            A run of this model. Its images are not looked at again, but their size is
            (and so are texts, whose end is where they are read).
        block
            Index of the first block that runs.
        residual
            ``(variant, token, d_model)``: what that block takes, any number of
            variants; by default the cached ``blocks.{block}.hook_resid_pre``.
        fwd_hooks
            As in `run_with_hooks`, on sites that are reached. A hook is called for a
            few variants at a time: `HookPoint.variants` says which.
        batch_size
            Variants in one pass; by default as many as are fastest together (one pass
            for what is cached).

        Returns
        -------
        Tensor
            ``(variant, class)``: for one at a time, bit for bit the logits of a full
            run of one; else within 2e-6 of the largest (float32).

        Raises
        ------
        IndexError
            If there is no such block.
        UnknownSiteError
            If the cache does not hold the block's input, or a hook's site is none.
        InvalidReplacementError
            If `residual` is not such a stream, or holds a NaN or an infinity.
        HookError
            If a hook is on a site that is passed by.
        StaleCacheError
            If the stream, or the model's weights, were changed after the run.
        TypeError, ValueError
            If `cache` is not of this model, or `batch_size` no positive number.
        """
        start = Continuation(block, residual, batch_size)
        return self._runs.resumed(cache, fwd_hooks, start)

    @contextlib.contextmanager
    def hooks(self, fwd_hooks: ForwardHooks) -> Generator[HookedViT]:
        """Apply hook functions to all calls of the model inside a ``with`` block.

        Blocks nest: the outer block's hooks come first. ``run_with_cache`` inside keeps
        the activations as the hooks leave them. Inside a hook function itself the model
        is the plain one.

        Parameters
        ----------
        fwd_hooks
            As in `run_with_hooks`, with the same errors.

        Yields
        ------
        HookedViT
            The model.
        """
        with self._runs.block(fwd_hooks):
            yield self

    @contextlib.contextmanager
    def with_interventions(
        self,
        interventions: Iterable[HookMaker],
        sources: Mapping[str, Any] | None = None,
    ) -> Generator[HookedViT]:
        """Apply edits that are data to all calls of the model inside a ``with`` block.

        Parameters
        ----------
        interventions
            Each an `Intervention`, in the order in which they act. None at all is the
            plain model.
        sources
            What they take values from, by name. All are checked, with the errors of
            `Intervention.hooks`, before anything runs.

        Yields
        ------
        HookedViT
            The model.
        """
        found = [each.hooks(self, sources or {}) for each in interventions]
        fwd_hooks = [hook for hooks in found for hook in hooks]
        with self.hooks(fwd_hooks) if fwd_hooks else contextlib.nullcontext():
            yield self

    def __reduce__(self) -> tuple[Any, ...]:
        # What is kept about the module's parts is found anew: a copy has parts of its
        # own.
        kept = {"templates": self.templates}
        return _attached, (self.module, self._given()), kept

    def _over_same_blocks(self, module: nn.Module, given: dict[str, Any]) -> HookedViT:
        model = HookedViT.__new__(HookedViT)
        # Not its own __init__: these blocks have been tested.
        AttachedModule.__init__(
            model, module, preprocessing=self.preprocessing, **given
        )
        return model


def _attached(module: nn.Module, given: dict[str, Any]) -> HookedViT:
    return HookedViT(module, **given)
