"""What each head and MLP writes to the answer, beside what becomes of it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, cast

import torch

from vitwidgets.methods.activation_patching import activation_patching, patching_sites
from vitwidgets.methods.circuits.pair_of_runs import require_pair
from vitwidgets.methods.circuits.whole_heads import require_whole_heads
from vitwidgets.methods.direct_logit_attribution import (
    attribution_sites,
    direct_logit_attribution,
)
from vitwidgets.methods.intervening.binding import bind
from vitwidgets.methods.intervening.intervention import Intervention
from vitwidgets.methods.patching.metrics import Metric
from vitwidgets.models.addresses import Address
from vitwidgets.models.errors import UnknownSiteError, UnsupportedModelError
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from vitwidgets.methods.patching.metrics import Scale
    from vitwidgets.models import ActivationCache, HookedViT

Kind: TypeAlias = Literal["head", "MLP"]

_UNREAD = re.compile(r"attn\.hook_(pattern|v|normed_v)$")
"""What attribution reads only to split a head's term over tokens."""


class AgreementRow(NamedTuple):
    """One component; the fields are those of `ComponentAgreement`."""

    address: str
    layer: int
    kind: Kind
    direct: float
    total: float
    indirect: float


@dataclass(frozen=True, eq=False, repr=False)
class ComponentAgreement:
    """Direct logit attribution and exact patching of the same components.

    Both are shares of the whole change of the logit difference from base to donor: 0
    does nothing, 1 goes all the way.

    Attributes
    ----------
    metric
        The logit difference.
    scale
        Its value in the base (where shares are 0) and in the donor (where they are 1).
    addresses
        Each block's heads (``"L3.H1"``), then its MLP (``"L3.MLP"``), from the first
        block on.
    direct
        ``(component,)``, float64: what the component writes to the difference in the
        donor's run, less what it writes in the base's.
    total
        ``(component,)``, float64: how far the difference moves if the component alone
        is copied from the donor's run into the base's; NaN where not run yet.
    frozen
        The norms and gates that `direct` holds as they were, each in its own run.
    """

    metric: Metric
    scale: Scale
    addresses: tuple[str, ...]
    direct: Tensor
    total: Tensor
    frozen: tuple[str, ...]

    @property
    def n_layers(self) -> int:
        """How many blocks there are."""
        return self.layers[-1] + 1

    @property
    def layers(self) -> tuple[int, ...]:
        """The block of each component."""
        return tuple(Address.parse(each).layer for each in self.addresses)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Whether each component is a head or an MLP."""
        return tuple(
            "MLP" if each.endswith(".MLP") else "head" for each in self.addresses
        )

    @property
    def indirect(self) -> Tensor:
        """`total` less `direct`, ``(component,)``: what other parts make of it."""
        return self.total - self.direct

    @property
    def done(self) -> int:
        """How many components have been run."""
        return int((~self.total.isnan()).sum())

    def rows(self) -> list[AgreementRow]:
        """Give one row a component, in order; ``pandas.DataFrame`` takes them."""
        numbers = zip(self.direct, self.total, self.indirect, strict=True)
        return [
            AgreementRow(address, layer, kind, *(float(each) for each in row))
            for address, layer, kind, row in zip(
                self.addresses, self.layers, self.kinds, numbers, strict=True
            )
        ]

    def disagreements(self, count: int = 5) -> list[AgreementRow]:
        """Give the rows of the largest `indirect`, either way, the largest first."""
        known = [row for row in self.rows() if not math.isnan(row.total)]
        return sorted(known, key=lambda row: -abs(row.indirect))[:count]

    def __repr__(self) -> str:
        return (
            f"ComponentAgreement: {self.done} of {len(self.addresses)} components "
            f"done; {self.metric}, base {self.scale.base:.4f}, donor "
            f"{self.scale.donor:.4f}"
        )


def agreement_sites(model: HookedViT) -> list[str]:
    """Name the sites that `component_agreement` reads of both runs."""
    wanted = (*attribution_sites(model), *patching_sites(model, "heads"))
    return [site for site in dict.fromkeys(wanted) if not _UNREAD.search(site)]


def component_agreement(
    model: HookedViT,
    base: ActivationCache,
    donor: ActivationCache,
    *,
    target: int | None = None,
    versus: int | None = None,
    progress: Callable[[ComponentAgreement], object] | None = None,
) -> ComponentAgreement:
    """Compare what components write to the answer with what copying them does to it.

    Direct logit attribution (nostalgebraist, 2020; Elhage et al., 2021) counts what a
    component writes itself; activation patching (Vig et al., 2020; Zhang and Nanda,
    2023) what becomes of the answer once the component is another run's. They differ by
    what later parts make of it, and by the final norm: attribution holds that as it was
    in each of the two runs, patching runs it anew.

    Parameters
    ----------
    model
        A model with a classifier whose heads and MLPs can be told apart.
    base, donor
        Runs of one image each, of one size, that kept ``agreement_sites(model)``.
    target, versus
        Indices of classes: measured is the logit of the first less that of the second.
        By default what the donor shows and what the base shows, by the model's own
        predictions.
    progress
        Called after each pass with what is known so far. What it raises ends the work.

    Returns
    -------
    ComponentAgreement
        For each head (z at all tokens) and each MLP (all that it adds, at all tokens).

    Raises
    ------
    UnsupportedModelError
        If single tokens have no logits in this model, or its heads or MLPs cannot be
        told apart.
    TypeError, ValueError
        If the runs do not fit the model or each other, or are of several images; both
        predict the same class where classes are to be found; or the difference changes
        too little between them to be a scale.
    IndexError
        If there is no such class.
    UnknownSiteError
        If a run did not keep what is needed.
    StaleCacheError
        If the model's weights were changed after a run.
    """
    _require_single_parts(model)
    require_pair(model, base, donor)
    _require_kept(model, base, donor)
    classes = _classes(base, donor, target, versus)
    metric = "difference" if classes is None else Metric("difference", *classes)
    sweep = activation_patching(model, base, donor, over="heads", metric=metric)
    written, frozen = _written(model, (base, donor), sweep.metric)
    n_layers = model.config.n_layers
    mlps = torch.full((n_layers, 1), torch.nan, dtype=torch.float64)

    def so_far() -> ComponentAgreement:
        heads = sweep.values.view(n_layers, -1)
        return ComponentAgreement(
            metric=sweep.metric,
            scale=sweep.scale,
            addresses=_addresses(n_layers, heads.shape[1]),
            direct=written / (sweep.scale.donor - sweep.scale.base),
            total=torch.cat((heads, mlps), 1).flatten(),
            frozen=frozen,
        )

    for _ in sweep:
        if progress is not None:
            progress(so_far())
    for layer in range(n_layers):
        logits = _with_mlp_of(model, base, donor, layer)
        found = sweep.metric(logits, base["hook_logits"][0].to(logits))
        mlps[layer] = sweep.scale.share(found.double().cpu())
        if progress is not None:
            progress(so_far())
    return so_far()


def _require_single_parts(model: HookedViT) -> None:
    """Raise unless single tokens have logits, and heads and MLPs are copied alone."""
    _ = model.unembedding
    require_whole_heads(model)
    if in_block(0, "hook_mlp_out") not in model.sites:
        raise UnsupportedModelError(
            f"blocks of {model.name} add attention and MLP to the stream as one, so "
            f"that an MLP cannot be copied alone: activation_patching(..., "
            f"over='heads') copies its heads"
        )


def _require_kept(
    model: HookedViT, base: ActivationCache, donor: ActivationCache
) -> None:
    for site in agreement_sites(model):
        for role, run in (("base", base), ("donor", donor)):
            if site not in run:
                raise UnknownSiteError(
                    f"the run of the {role} did not keep {site!r}: "
                    f"run_with_cache(images, agreement_sites(model)) keeps all that is "
                    f"needed"
                )


def _classes(
    base: ActivationCache,
    donor: ActivationCache,
    target: int | None,
    versus: int | None,
) -> tuple[int, int] | None:
    """Give the two classes; None if both are to be found."""
    if target is None and versus is None:
        return None
    shown = [int(run["hook_logits"][0].argmax()) for run in (donor, base)]
    return (
        shown[0] if target is None else target,
        shown[1] if versus is None else versus,
    )


def _written(
    model: HookedViT, runs: tuple[ActivationCache, ActivationCache], metric: Metric
) -> tuple[Tensor, tuple[str, ...]]:
    """Give what components write in the second run less the first, ``(component,)``.

    And which norms and gates are held for that.

    Raises
    ------
    UnsupportedModelError
        If the heads of a block cannot be told apart.
    """
    target, versus = cast("int", metric.target), metric.versus
    base, donor = (
        direct_logit_attribution(
            model, run, target, versus=versus, measure="difference"
        )
        for run in runs
    )
    terms = [
        torch.cat((each.heads[0], (each.mlp + each.mlp_bias)[0, :, None]), 1)
        for each in (base, donor)
    ]
    change = (terms[1] - terms[0]).double().cpu()
    if bool(change.isnan().any()):
        raise UnsupportedModelError(
            f"the heads of {model.name} cannot be told apart: {'; '.join(base.whole)}"
        )
    return change.flatten(), base.frozen


def _addresses(n_layers: int, n_heads: int) -> tuple[str, ...]:
    return tuple(
        str(address)
        for layer in range(n_layers)
        for address in (
            *(Address(layer, "z", head) for head in range(n_heads)),
            Address(layer, "mlp"),
        )
    )


def _with_mlp_of(
    model: HookedViT, base: ActivationCache, donor: ActivationCache, layer: int
) -> Tensor:
    """Give ``(1, class)``: the base with a block's MLP as in the donor."""
    edit = Intervention(str(Address(layer, "mlp")), source="donor")
    bound = bind(model, [edit], {"donor": donor})
    with torch.no_grad():
        return model.resume(base, layer, fwd_hooks=bound.fwd_hooks)
