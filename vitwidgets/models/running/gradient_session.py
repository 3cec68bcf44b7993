"""The gradients of a number at the very sites that a run keeps.

Every site that is asked for becomes a node of the graph, by writing its own value back:
what is differentiated is therefore what a hook function that replaces the site would
change. The logits stay bit for bit those of the plain module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias, cast

import torch
from torch import Tensor

from vitwidgets.models.caching.gradients import Gradients
from vitwidgets.models.errors import ModelStateError
from vitwidgets.models.interception.hooks import unfit_parameters
from vitwidgets.models.interception.session import Session, during
from vitwidgets.models.interception.session_hooks import has_foreign_hooks

if TYPE_CHECKING:
    from torch import nn

    from vitwidgets.models.interception.tap_table import TapTable

Metric: TypeAlias = Callable[[Tensor], Tensor]
"""Takes the logits, ``(batch, class)``; gives the one number to differentiate."""


class GradientSession(Session):
    """A session in which sites are nodes of the graph.

    Parameters
    ----------
    module, taps
        As those of a `Session`.
    wanted
        Sites to differentiate at.
    held
        Sites whose values are kept.
    """

    def __init__(
        self,
        module: nn.Module,
        taps: TapTable,
        wanted: Sequence[str],
        held: Iterable[str],
    ) -> None:
        self._held = frozenset(held)
        self._wanted = frozenset(wanted)
        self._order = tuple(wanted)
        self._nodes: dict[str, Tensor] = {}
        whole = has_foreign_hooks(module)
        super().__init__(module, taps, (), self._held | self._wanted, whole=whole)

    def edits(self, *names: str) -> bool:
        """Whether one of these sites may be replaced: each node replaces its site."""
        return not self._wanted.isdisjoint(names) or super().edits(*names)

    def visit(self, site: str, value: Tensor) -> Tensor:
        """Show a site's value to its hooks; give it as a node of its own."""
        value = super().visit(site, value)
        if site in self._wanted:
            # Where nothing before it needs a gradient, the graph begins here.
            value = (
                value.view_as(value)
                if value.requires_grad
                else value.detach().requires_grad_()
            )
            self._nodes[site] = value
        return value

    def run(
        self, forward: Callable[[], Tensor], metric: Metric
    ) -> tuple[Tensor, Gradients]:
        """Give the logits, and the gradients of a number that is computed from them.

        The values in `values` and the logits are without a graph afterwards.

        Parameters
        ----------
        forward
            Runs the whole model.
        metric
            What to differentiate.

        Raises
        ------
        TypeError, ValueError
            If the metric gives no finite number that depends on the logits.
        HookError
            If a site was never reached.
        """
        with torch.enable_grad():
            logits = during(self, forward)
            self.require_all_fired()
            if not logits.requires_grad:  # a hook has cut the graph off
                logits = logits.detach().requires_grad_()
            number = _number(metric(logits))
            nodes = [self._nodes[site] for site in self._order]
            found = cast(
                "Sequence[Tensor | None]",
                torch.autograd.grad(number, [logits, *nodes], allow_unused=True),
            )
        _require_sensible(found[0])
        # A site whose value a hook replaced by something else has no effect at all.
        gradients = {
            site: torch.zeros_like(node) if gradient is None else gradient
            for site, node, gradient in zip(self._order, nodes, found[1:], strict=True)
        }
        self._nodes.clear()
        kept = {site: self.values[site].detach() for site in self._held}
        self.values.clear()
        self.values.update(kept)
        return logits.detach(), Gradients(gradients)


def require_differentiable(metric: object, images: Tensor, weight: Tensor) -> None:
    """Raise unless gradients of a metric can be had here.

    Raises
    ------
    TypeError
        If the metric is no function of one argument.
    ModelStateError
        If inference mode is on, or made the images or the model.
    """
    if not callable(metric):
        raise TypeError(
            f"gradients_of is a function that takes the logits and gives one number, "
            f"got {metric!r}"
        )
    unfit = unfit_parameters(metric, 1)
    if unfit is not None:
        raise TypeError(
            f"gradients_of has the parameters {unfit}: it is called with the logits "
            f"alone, as in gradients_of=lambda logits: logits[:, 3].sum()"
        )
    if torch.is_inference_mode_enabled():
        raise ModelStateError(
            "gradients need a graph, which torch.inference_mode keeps from being "
            "made: use torch.no_grad instead, or neither"
        )
    for what, tensor in (("images", images), ("the model's weights", weight)):
        if tensor.is_inference():
            raise ModelStateError(
                f"{what} were made in inference mode, so no gradient can pass them: "
                f"make them outside of it, or clone them"
            )


def _number(value: object) -> Tensor:
    if not isinstance(value, Tensor):
        raise TypeError(
            f"gradients_of returned a {type(value).__name__}: return a tensor, such as "
            f"logits[:, 3].sum(), without .item() or .detach()"
        )
    if value.dim():
        raise ValueError(
            f"gradients_of returned a tensor of shape {tuple(value.shape)}, a single "
            f"number is needed: choose an entry, or add them up with .sum()"
        )
    if not value.requires_grad:
        raise _independent()
    if not torch.isfinite(value):
        raise ValueError(f"gradients_of returned {value.item()}: a number is needed")
    return value


def _require_sensible(gradient: Tensor | None) -> None:
    """Raise ValueError if the gradient at the logits says that the metric is wrong."""
    if gradient is None:
        raise _independent()
    if not bool(torch.isfinite(gradient).all()):
        raise ValueError(
            "the gradient of gradients_of is NaN or infinite at these logits, though "
            "its value is not (as that of a square root is at 0)"
        )


def _independent() -> ValueError:
    return ValueError(
        "what gradients_of returned does not depend on the logits: compute it from "
        "them by operations that can be differentiated (not argmax, .detach(), .item())"
    )
