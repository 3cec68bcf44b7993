"""A vision transformer whose activations can be read and replaced by name."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any, cast

import torch

from vitwidgets.models import cache_size, layout, sites
from vitwidgets.models.cache import ActivationCache, CacheSource
from vitwidgets.models.cache_plan import CachePlanner
from vitwidgets.models.cache_size import DEFAULT_BUDGET
from vitwidgets.models.description import (
    architecture_name,
    fitting_labels,
    fitting_preprocessing,
    own_preprocessing,
)
from vitwidgets.models.errors import ModelStateError
from vitwidgets.models.geometry import PatchGrid
from vitwidgets.models.hooks import (
    Edit,
    ForwardHooks,
    HookPoint,
    Receipt,
    Tally,
    pairs_of,
    receipt_of,
)
from vitwidgets.models.image_check import ImageCheck, token_count
from vitwidgets.models.interception import (
    Session,
    during,
    live_session,
)
from vitwidgets.models.module_checks import Places, random_parts
from vitwidgets.models.recipes import recipes_of, weights_of
from vitwidgets.models.self_test import require_honest_blocks
from vitwidgets.models.tap_table import TapTable

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from torch import Tensor, nn

    from vitwidgets.images import Preprocessing
    from vitwidgets.models.config import ViTConfig
    from vitwidgets.models.sites import SiteFilter


class HookedViT:
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
    ) -> None:
        self._layout = layout.resolve(module)
        self.module: nn.Module = self._layout.module
        self.config: ViTConfig = self._layout.config
        self.grid = PatchGrid(
            *self.config.grid, self.config.patch_size, self.config.prefix_names
        )
        self.preprocessing = (
            own_preprocessing(self.module, self.config)
            if preprocessing is None
            else fitting_preprocessing(preprocessing, self.config)
        )
        self.class_names = fitting_labels("class_names", class_names, self.config)
        self.class_emoji = fitting_labels("class_emoji", class_emoji, self.config)
        self.name: str = name or architecture_name(self.module)
        self._taps = TapTable(self._layout)
        self._recipes = recipes_of(self._layout)
        self._weights = weights_of(self._recipes)
        self._planner = CachePlanner(self._layout.sites, self._recipes)
        self._points = {
            site: HookPoint(site, sites.split_name(site)[0]) for site in self.sites
        }
        self._check_images = ImageCheck(
            self.module,
            self.config,
            bool(getattr(self._layout.patch_embed, "dynamic_img_pad", False)),
        )
        self._random_parts = random_parts(self.module)
        self._places = Places(self.module, self._planner.modules)
        self._tallies: dict[int, list[Tally]] = {}
        self._check_mode()
        require_honest_blocks(self._layout, self._taps, self._check_images.weight)

    @property
    def sites(self) -> tuple[str, ...]:
        """Names of all activations that can be read and replaced, in forward order."""
        return tuple(self._layout.sites)

    @property
    def receipt(self) -> Receipt:
        """What the hooks of this thread's last run did, one entry a hook and site."""
        return receipt_of(self._tallies.get(threading.get_ident(), ()))

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
        self._check(images)
        session = live_session(self.module)
        if session is not None:
            self._check_instrumentable()
        logits = self._forward(images)
        self._note(session)
        return logits

    def run_with_cache(
        self,
        images: Tensor,
        names_filter: SiteFilter | None = None,
        *,
        budget: int = DEFAULT_BUDGET,
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

        Returns
        -------
        logits
            ``(batch, class)``, bit for bit those of the plain model.
        cache
            The activations.

        Raises
        ------
        CacheBudgetError
            If the cache would hold more than `budget`. Nothing has been run then.
        UnknownSiteError
            If `names_filter` names a site that the model lacks, or matches none.
        TypeError, ValueError
            If `images` is not a batch that the model takes.
        ModelStateError
            If the model is in training mode.
        """
        self._check(images)
        self._check_instrumentable()
        # What is derived later is derived with the parts that were attached.
        self._places.require_unchanged()
        wanted = self._select(names_filter)
        enclosing = live_session(self.module)
        edited = enclosing.edited_sites() if enclosing else frozenset[str]()
        recipes = self._planner.valid_recipes(edited)
        held = self._planner.to_hold(wanted, recipes)
        self._require_budget(held, images, budget, len(wanted))
        session = Session(self.module, self._taps, (), held)
        logits = during(session, lambda: self._forward(images))
        session.require_all_fired()
        self._note(session)
        source = CacheSource(
            name=self.name,
            config=self.config,
            sites=self._layout.sites,
            missing=self._layout.missing,
            recipes=recipes,
            scales=tuple(block.scale for block in self._layout.blocks),
            weights=self._weights,
        )
        return logits, ActivationCache(source, session.values, budget)

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
        self._check(images)
        self._check_instrumentable()
        edits = self._edits(fwd_hooks)
        session = Session(self.module, self._taps, edits)
        logits = during(session, lambda: self._forward(images))
        session.require_all_fired()
        self._note(session)
        return logits

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
        session = Session(self.module, self._taps, self._edits(fwd_hooks))
        try:
            try:
                session.open()
                yield self
            finally:
                session.close()
        finally:
            session.close()  # again, as in `during`
        session.require_all_fired()
        self._note(session)

    def __reduce__(self) -> tuple[Any, ...]:
        # What is kept about the module's parts is found anew: a copy has parts of its
        # own.
        given = {
            "preprocessing": self.preprocessing,
            "class_names": self.class_names,
            "class_emoji": self.class_emoji,
            "name": self.name,
        }
        return _attached, (self.module, given)

    def __repr__(self) -> str:
        config = self.config
        prefix = " + ".join(config.prefix_names) or "no prefix token"
        outputs = f"{config.n_classes} classes" if config.n_classes else "no classifier"
        return (
            f"HookedViT {self.name!r}: {config.n_layers} blocks x {config.n_heads} "
            f"heads, d_model {config.d_model}, {config.image_size[0]} x "
            f"{config.image_size[1]} pixels in {config.grid[0]} x {config.grid[1]} "
            f"patches, {prefix}, {config.pool or 'no'} pooling, {outputs}, "
            f"{config.n_params / 1e6:.1f} M parameters, {len(self._layout.sites)} sites"
        )

    def _note(self, session: Session | None) -> None:
        """Keep what the hooks of this thread's last run did."""
        self._tallies[threading.get_ident()] = session.tallies if session else []

    def _select(self, wanted: SiteFilter | None) -> tuple[str, ...]:
        return sites.select(wanted, self._layout.sites, self._layout.missing)

    def _edits(self, fwd_hooks: ForwardHooks) -> list[Edit]:
        return [
            Edit(function, self._points[name])
            for wanted, function in pairs_of(fwd_hooks)
            for name in self._select(wanted)
        ]

    def _forward(self, images: Tensor) -> Tensor:
        # A module compiled in place is run by its eager code: compiled code would
        # ignore the hooks, and its logits differ in the last bits.
        private: Any = self.module
        if getattr(private, "_compiled_call_impl", None) is not None:
            return cast("Tensor", private._call_impl(images))  # noqa: SLF001
        return cast("Tensor", self.module(images))

    def _check(self, images: Tensor) -> None:
        self._check_mode()
        self._check_images(images)

    def _check_mode(self) -> None:
        random = self._random_parts
        if self.module.training or (random and any(part.training for part in random)):
            raise ModelStateError(
                f"{self.name} is in training mode, where dropout makes activations "
                f"random: call .eval() on the module first"
            )

    def _check_instrumentable(self) -> None:
        private: Any = self.module
        if private.grad_checkpointing and torch.is_grad_enabled():
            raise ModelStateError(
                "gradient checkpointing runs the blocks again at the backward pass, "
                "when no hook is on them any more: call "
                ".set_grad_checkpointing(False), or run under torch.no_grad()"
            )

    def _require_budget(
        self, held: frozenset[str], images: Tensor, budget: int, n_wanted: int
    ) -> None:
        n_tokens, batch = token_count(images, self.config), images.shape[0]
        item = self._check_images.weight.element_size()
        needed = batch * cache_size.estimated_bytes(held, self.config, n_tokens, item)
        streams = self.config.n_layers * batch * n_tokens * self.config.d_model * item
        cache_size.require_budget(needed, budget, batch, streams, n_wanted)


def _attached(module: nn.Module, given: dict[str, Any]) -> HookedViT:
    return HookedViT(module, **given)
