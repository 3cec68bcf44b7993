"""What one component tells another one directly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.circuits.pair_of_runs import require_pair
from vitwidgets.methods.circuits.path_ends import receiver_of, require_path, sender_of
from vitwidgets.methods.circuits.whole_heads import require_whole_heads
from vitwidgets.methods.patching.metrics import Scale, metric_of
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.methods.circuits.path_ends import PathEnd
    from vitwidgets.methods.patching.metrics import Metric, MetricChoice
    from vitwidgets.models import ActivationCache, HookedViT
    from vitwidgets.models.addresses import Address
    from vitwidgets.models.interception.hooks import HookFunction


@dataclass(frozen=True, eq=False)
class PathPatching:
    """What changes when a component tells another one what it says in the donor.

    Attributes
    ----------
    sender, receiver
        The ends of the path.
    metric
        What was measured.
    scale
        The metric in the base and in the donor.
    measured
        The metric with the path patched.
    logits
        ``(class,)``: those that it was measured on.
    sent
        Largest change that the sender makes to any number of the stream.
    received
        Largest change of any number that the receiver gives: the head's q, k or v, what
        the MLP adds, or the final stream.
    """

    sender: Address
    receiver: Address
    metric: Metric
    scale: Scale
    measured: float
    logits: Tensor
    sent: float
    received: float

    @property
    def effect(self) -> float:
        """The measured change as a share: 0 is the base, 1 is the donor."""
        return (self.measured - self.scale.base) / (self.scale.donor - self.scale.base)


@torch.no_grad()
def path_patching(
    model: HookedViT,
    base: ActivationCache,
    donor: ActivationCache,
    sender: Address | str,
    receiver: Address | str,
    *,
    metric: MetricChoice = "difference",
) -> PathPatching:
    """Patch the direct path from one component to another.

    Wang et al., "Interpretability in the Wild" (2022); Goldowsky-Dill et al.,
    "Localizing Model Behavior with Path Patching" (2023). Let d be what the sender adds
    to the stream in the donor less what it adds in the base. The receiver is given the
    base's stream plus d: whatever lies between the two, heads and MLPs, adds what it
    adds in the base. What the receiver makes of that takes the place of what it gives
    in the base; then everything after it runs.

    Parameters
    ----------
    model
        The model.
    base, donor
        Runs of one image each, without hooks, that kept every site (or those of the
        two ends).
    sender
        ``"L3.H1"``: a head, by its z; ``"L3.MLP"``; or ``"embedding"``: the stream that
        enters the first block. With ``@cls`` or ``@(4,9)``, what is added to one token.
    receiver
        ``"L5.H2.q"`` (or k, v): what a head takes; ``"L5.MLP"``; or ``"final"``: the
        stream after the last block. With a token, what that token gives alone.
    metric
        ``"difference"``, ``"logit"`` or ``"probability"`` of the donor's prediction
        (less that of the base, for a difference), ``"kl"``, a `Metric`, or a function.

    Returns
    -------
    PathPatching
        Its `effect` is a share of the change from base to donor.

    Raises
    ------
    ValueError
        If the two runs do not fit the model or each other, an end is none, the
        receiver reads before the sender writes, or the metric is the same in both runs.
    IndexError
        If there is no such block, head, token or class.
    TypeError
        If the metric is none.
    UnsupportedModelError
        If a head's z, q, k or v is not one for each token.
    UnknownSiteError
        If the model has no such place, such as between halves that run side by side, or
        a run did not keep it.
    StaleCacheError
        If the model's weights were changed after a run.

    Notes
    -----
    The receiver's own norm takes the changed stream for real: its scale is not frozen.
    So effects of several senders do not add up to that of all of them, except where
    there is no such norm and what follows is linear. Of a head that gives a norm of its
    output, or passes a gate, d is the real difference with the other heads as in the
    base.
    """
    require_pair(model, base, donor)
    require_whole_heads(model)
    start, end = sender_of(model, base, sender), receiver_of(model, base, receiver)
    require_path(start, end)
    logits = [run["hook_logits"][0] for run in (base, donor)]
    chosen = metric_of(metric, *logits)
    scale = Scale.between(chosen, *logits)
    sent = _sent(model, base, donor, start)
    block, site, value = _received(model, base, end, sent)
    patched = model.resume(base, block, fwd_hooks=[(site, _giving(value, end))])[0]
    return PathPatching(
        sender=start.address,
        receiver=end.address,
        metric=chosen,
        scale=scale,
        measured=float(chosen(patched[None], logits[0])[0]),
        logits=patched,
        sent=float(sent.abs().max()),
        received=float(_own(value - base[site], end).abs().max()),
    )


def _sent(
    model: HookedViT, base: ActivationCache, donor: ActivationCache, sender: PathEnd
) -> Tensor:
    """Give what the sender adds to the stream in the donor less that in the base.

    ``(1, token, d_model)``, 0 at tokens that do not count.
    """
    address = sender.address
    if address.part == "z":
        site = in_block(address.layer, "hook_attn_out")
        edit = (address.site, _giving(donor[address.site], sender))
        added = _read(model, base, address.layer, edit, site)
    else:
        site = address.site
        added = donor[site]
    difference = torch.zeros_like(added)
    difference[:, sender.tokens] = (added - base[site])[:, sender.tokens]
    return difference


def _received(
    model: HookedViT, base: ActivationCache, receiver: PathEnd, sent: Tensor
) -> tuple[int, str, Tensor]:
    """Give the block, the site and the value there that follow from what was sent."""
    address = receiver.address
    layer, site = address.layer, address.site
    if address.part == "resid_post":
        return layer, site, base[site] + sent
    taken = "hook_resid_mid" if address.part == "mlp" else "hook_resid_pre"
    stream = in_block(layer, taken)
    changed = base[stream] + sent

    def hook(old: Tensor, _: object) -> Tensor:
        del old
        return changed

    return layer, site, _read(model, base, layer, (stream, hook), site)


def _read(
    model: HookedViT,
    base: ActivationCache,
    block: int,
    edit: tuple[str, HookFunction],
    site: str,
) -> Tensor:
    """Give a site's value in a run of the base with something replaced before it."""
    values: list[Tensor] = []

    def read(value: Tensor, _: object) -> None:
        values.append(value)

    model.resume(base, block, fwd_hooks=[edit, (site, read)])
    return values[0]


def _giving(value: Tensor, end: PathEnd) -> HookFunction:
    """Give the hook function that puts a value where an end is."""

    def hook(old: Tensor, _: object) -> Tensor:
        changed = old.clone()
        _own(changed, end).copy_(_own(value, end))
        return changed

    return hook


def _own(value: Tensor, end: PathEnd) -> Tensor:
    """Give the part of a site's value that an end is, as a view."""
    part = value[:, end.tokens]
    return part if end.address.index is None else part[:, :, end.address.index]
