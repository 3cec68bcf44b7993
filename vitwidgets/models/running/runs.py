"""The runs of one model: plain, hooked, recorded, resumed, each after its checks."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any, cast

import torch

from vitwidgets.models import sites
from vitwidgets.models.caching.cache_maker import CacheMaker
from vitwidgets.models.caching.size import checked_budget
from vitwidgets.models.errors import ModelStateError
from vitwidgets.models.families.module_checks import checkpointing_parts, random_parts
from vitwidgets.models.inputs.input_check import input_check
from vitwidgets.models.interception.hooks import (
    Edit,
    ForwardHooks,
    HookPoint,
    Receipt,
    Tally,
    pairs_of,
    receipt_of,
)
from vitwidgets.models.interception.session import Session, during, live_session
from vitwidgets.models.interception.session_hooks import has_foreign_hooks
from vitwidgets.models.running.gradient_session import (
    GradientSession,
    require_differentiable,
)
from vitwidgets.models.running.resume import Resumption

if TYPE_CHECKING:
    import os
    from collections.abc import Generator

    from torch import Tensor

    from vitwidgets.images import Preprocessing
    from vitwidgets.models.caching.cache import ActivationCache
    from vitwidgets.models.caching.gradients import Gradients
    from vitwidgets.models.interception.tap_table import TapTable
    from vitwidgets.models.pieces.parts import Layout
    from vitwidgets.models.running.gradient_session import Metric
    from vitwidgets.models.running.resume import Continuation
    from vitwidgets.models.sites import SiteFilter


class Runs:
    """Runs a model. What each takes, gives and raises is said in `HookedViT`.

    Parameters
    ----------
    layout, taps
        The model taken apart.
    name, preprocessing
        What it is called, and how pictures become its input.
    """

    def __init__(
        self,
        layout: Layout,
        taps: TapTable,
        name: str,
        preprocessing: Preprocessing | None,
    ) -> None:
        self._layout = layout
        self._module = layout.module
        self._taps = taps
        self._name = name
        self._caches = CacheMaker(layout, name, preprocessing)
        self._resumption = Resumption(layout, taps)
        self._points = {
            site: HookPoint(site, sites.split_name(site)[0]) for site in layout.sites
        }
        self._check_input = input_check(layout)
        self._checkpointing = checkpointing_parts(self._module)
        self._random_parts = random_parts(self._module)
        self._tallies: dict[int, list[Tally]] = {}

    @property
    def weight(self) -> Tensor:
        """A weight of the model as it is now, for its dtype and device."""
        return self._check_input.weight

    @property
    def receipt(self) -> Receipt:
        """What the hooks of this thread's last run did."""
        return receipt_of(self._tallies.get(threading.get_ident(), ()))

    def plain(self, images: Tensor) -> Tensor:
        """Run the module as it is, or with the hooks of the block around it."""
        self._check(images)
        session = live_session(self._module)
        if session is not None:
            self._require_one_pass()
        logits = self._forward(images)
        self._note(session)
        return logits

    def recorded(
        self,
        images: Tensor,
        names_filter: SiteFilter | None,
        budget: int,
        gradients_of: Metric | None,
    ) -> tuple[Tensor, ActivationCache]:
        """Run the model and keep activations."""
        self._check(images)
        budget = checked_budget(budget)
        if gradients_of is not None:
            require_differentiable(gradients_of, images, self.weight)
        self._require_one_pass(graph=gradients_of is not None)
        wanted = self._select(names_filter)
        enclosing = live_session(self._module)
        edited = enclosing.edited_sites() if enclosing else frozenset[str]()
        plan = self._caches.plan(wanted, edited, gradients=gradients_of is not None)
        item = self.weight.element_size()
        self._caches.require_budget(plan, images, item, budget, len(wanted))
        gradients: Gradients | None = None
        if gradients_of is None:
            whole = has_foreign_hooks(self._module)
            session = Session(self._module, self._taps, (), plan.held, whole=whole)
            logits = during(session, lambda: self._forward(images))
            session.require_all_fired()
        else:
            session = GradientSession(self._module, self._taps, wanted, plan.held)
            logits, gradients = session.run(lambda: self._forward(images), gradients_of)
        self._note(session)
        cache = self._caches.filled(plan, images, session.values, budget, gradients)
        return logits, cache

    def loaded(
        self, path: str | os.PathLike[str], images: Tensor, budget: int
    ) -> ActivationCache:
        """Load a cache from a file."""
        self._check_input(images)
        budget = checked_budget(budget)
        return self._caches.loaded(path, images, budget)

    def hooked(self, images: Tensor, fwd_hooks: ForwardHooks) -> Tensor:
        """Run the model with hook functions on some sites."""
        self._check(images)
        self._require_one_pass()
        edits = self._edits(fwd_hooks)
        whole = has_foreign_hooks(self._module)
        session = Session(self._module, self._taps, edits, whole=whole)
        logits = during(session, lambda: self._forward(images))
        session.require_all_fired()
        self._note(session)
        return logits

    def resumed(
        self, cache: object, fwd_hooks: ForwardHooks, start: Continuation
    ) -> Tensor:
        """Run the later blocks of the model."""
        self.require_eval()
        self._require_one_pass()
        edits = self._edits(fwd_hooks) if fwd_hooks else []
        session = self._resumption.session(cache, start, edits, self.weight.device)
        logits = during(session, lambda: session.run(self._forward))
        session.require_all_fired()
        self._note(session)
        return logits

    @contextlib.contextmanager
    def block(self, fwd_hooks: ForwardHooks) -> Generator[None]:
        """Apply hook functions to all runs inside a ``with`` block."""
        session = Session(self._module, self._taps, self._edits(fwd_hooks))
        try:
            try:
                session.open()
                yield
            finally:
                session.close()
        finally:
            session.close()  # again, as in `during`
        session.require_all_fired()
        self._note(session)

    def require_eval(self) -> None:
        """Raise ModelStateError in training mode."""
        random = self._random_parts
        if self._module.training or (random and any(part.training for part in random)):
            raise ModelStateError(
                f"{self._name} is in training mode, where dropout makes activations "
                f"random: call .eval() on the module first"
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
        private: Any = self._module
        compiled = getattr(private, "_compiled_call_impl", None) is not None
        out = private._call_impl(images) if compiled else private(images)  # noqa: SLF001
        # Some of open_clip's towers give tokens as well.
        return cast("Tensor", out[0] if isinstance(out, tuple) else out)

    def _check(self, images: Tensor) -> None:
        self.require_eval()
        self._check_input(images)

    def _require_one_pass(self, *, graph: bool = False) -> None:
        """Raise ModelStateError if blocks would run again at the backward pass."""
        if (graph or torch.is_grad_enabled()) and any(
            cast("Any", part).grad_checkpointing for part in self._checkpointing
        ):
            raise ModelStateError(
                "gradient checkpointing runs the blocks again at the backward pass, "
                "when no hook is on them any more: call "
                ".set_grad_checkpointing(False), or run under torch.no_grad()"
            )
