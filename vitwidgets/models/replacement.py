"""Whether a value returned by a hook function may take the place of a site's own."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from vitwidgets.models.derivation import wide
from vitwidgets.models.errors import HookError, InvalidReplacementError
from vitwidgets.models.image_check import first_index
from vitwidgets.models.tensor_versions import version


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
    for what, got, wanted in (
        ("shape", tuple(new.shape), tuple(old.shape)),
        ("dtype", new.dtype, old.dtype),
        ("device", new.device, old.device),
        ("layout", new.layout, old.layout),
    ):
        if got != wanted:
            raise InvalidReplacementError(
                f"the hook on {site!r} returned a tensor of {what} {got}, expected "
                f"{wanted}{_remedy(what)}"
            )
    largest = _largest_change(site, old.detach(), new.detach())
    return laid_out_like(old, new), largest


def laid_out_like(old: Tensor, new: Tensor) -> Tensor:
    """Give `new` with the strides of `old`, copied only where they differ."""
    if new.stride() == old.stride():
        return new
    return torch.empty_strided(
        old.shape, old.stride(), dtype=old.dtype, device=old.device
    ).copy_(new)


def _remedy(what: str) -> str:
    return {
        "shape": ": change entries of value.clone() rather than building a new tensor",
        "dtype": ": convert it with .to(value.dtype)",
        "device": ": move it with .to(value.device)",
        "layout": ": convert it with .to_dense()",
    }[what]


def _largest_change(site: str, old: Tensor, new: Tensor) -> float:
    dtype = wide(old.dtype)
    new, old = new.to(dtype), old.to(dtype)
    # One pass for the usual case; a NaN or infinity anywhere shows up in it.
    largest = float(torch.dist(new, old, p=math.inf))
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


class InPlaceGuard:
    """Notices a hook function that changes the value it was given.

    Such a change would reach the model at some sites (those that are views of what the
    model goes on with) and not at others, so it is refused everywhere.
    """

    def __init__(self, site: str, value: Tensor) -> None:
        self._site = site
        self._value = value
        self._version = version(value)
        # Inference tensors keep no versions: the hook works on a copy.
        self.handed = value.clone() if self._version is None else value

    def check(self) -> None:
        """Raise HookError if the value was changed in place."""
        if self._version is None:
            changed = not torch.allclose(
                self.handed, self._value, rtol=0, atol=0, equal_nan=True
            )
        else:
            changed = version(self._value) != self._version
        if changed:
            raise HookError(
                f"the hook on {self._site!r} changed the value in place: work on a "
                f"copy (value = value.clone()) and return it"
            )
