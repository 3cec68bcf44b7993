"""Whether a value returned by a hook function may take the place of a site's own."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from vitwidgets.models.errors import HookError, InvalidReplacementError
from vitwidgets.models.interception.tensor_versions import version
from vitwidgets.models.precision import wide

_WIDE = frozenset({torch.float32, torch.float64})


def accepted(site: str, old: Tensor, new: object) -> tuple[Tensor, float]:
    """Check a replacement and lay it out in memory as the value it replaces.

    The layout matters because the kernel that PyTorch picks, hence the last bit of what
    follows, can depend on it.

    Parameters
    ----------
    site
        Name of the site, for the message.
    old
        The value that the model computed.
    new
        What the hook function returned.

    Returns
    -------
    replacement
        `new`, or a copy of it with the strides of `old`.
    largest_change
        Largest absolute difference between the two.

    Raises
    ------
    InvalidReplacementError
        If `new` is no tensor, or differs from `old` in shape, dtype or device, or
        holds a NaN or an infinity that was not there.
    """
    if not isinstance(new, Tensor):
        raise InvalidReplacementError(
            f"the hook on {site!r} returned a {type(new).__name__}: return a tensor to "
            f"replace the value, or None to leave it"
        )
    if new is old:
        return old, 0.0
    if (
        new.shape != old.shape
        or new.dtype != old.dtype
        or new.device != old.device
        or new.layout != old.layout
    ):
        raise _mismatch(site, old, new)
    largest = _largest_change(site, old, new)
    return laid_out_like(old, new), largest


def laid_out_like(old: Tensor, new: Tensor) -> Tensor:
    """Give `new` with the strides of `old`, copied only where they differ."""
    if new.stride() == old.stride():
        return new
    if 0 in old.stride():  # elements that share one place cannot be told apart
        return new.contiguous()
    return torch.empty_strided(
        old.shape, old.stride(), dtype=old.dtype, device=old.device
    ).copy_(new)


def _mismatch(site: str, old: Tensor, new: Tensor) -> InvalidReplacementError:
    remedies = {
        "shape": "change entries of value.clone() rather than building a new tensor",
        "dtype": "convert it with .to(value.dtype)",
        "device": "move it with .to(value.device)",
        "layout": "convert it with .to_dense()",
    }
    kinds = {
        what: (getattr(new, what), getattr(old, what))
        for what in remedies
        if getattr(new, what) != getattr(old, what)
    }
    what, (got, wanted) = next(iter(kinds.items()))
    if what == "shape":
        got, wanted = tuple(got), tuple(wanted)
    return InvalidReplacementError(
        f"the hook on {site!r} returned a tensor of {what} {got}, expected {wanted}: "
        f"{remedies[what]}"
    )


def _largest_change(site: str, old: Tensor, new: Tensor) -> float:
    if old.requires_grad or new.requires_grad:
        old, new = old.detach(), new.detach()
    if old.dtype not in _WIDE:
        dtype = wide(old.dtype)
        old, new = old.to(dtype), new.to(dtype)
    # One look for the usual case: a NaN or infinity anywhere shows up in it. torch.dist
    # would tell the same, and takes several times as long where there is much to see.
    low, high = (new - old).aminmax()
    largest: float = max(high.item(), -low.item())
    if math.isfinite(largest):
        return largest
    _refuse_new(site, new.isnan() & ~old.isnan(), "NaN")
    _refuse_new(site, new.isinf() & (new != old), "an infinity")
    same = (new == old) | new.isnan()
    return float(
        (new - old).abs().masked_fill(same, 0.0).nan_to_num(nan=math.inf).max()
    )


def _refuse_new(site: str, wrong: Tensor, what: str) -> None:
    if not bool(wrong.any()):
        return
    remedy = (
        "; to shut a key out, use a large negative score such as -1e4, or write "
        "hook_pattern"
        if site.endswith("hook_attn_scores")
        else ""
    )
    count = int(wrong.sum())
    raise InvalidReplacementError(
        f"the hook on {site!r} returned {what} where the model had a number, first at "
        f"index {first_index(wrong)} ({count} in all): return finite values{remedy}"
    )


def require_unchanged(
    site: str, value: Tensor, handed: Tensor, before: int | None
) -> None:
    """Raise HookError if a hook function changed the value that it was given.

    Such a change would reach the model at some sites (those that are views of what the
    model goes on with) and not at others, so it is refused everywhere.

    Parameters
    ----------
    site
        Name of the site, for the message.
    value, handed
        The site's value, and what the function was given: a copy of the value if that
        keeps no versions, else the value itself.
    before
        The value's version before the call.
    """
    if before is None:
        changed = not torch.allclose(handed, value, rtol=0, atol=0, equal_nan=True)
    else:
        changed = version(value) != before
    if changed:
        raise HookError(
            f"the hook on {site!r} changed the value in place: work on a copy (value = "
            f"value.clone()) and return it"
        )


def first_index(mask: Tensor) -> tuple[int, ...]:
    """Give the index of the first true entry."""
    return tuple(int(index) for index in mask.nonzero()[0])
