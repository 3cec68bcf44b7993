"""What edits are, and what they make of a prediction, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from vitwidgets.widgets.patcher.edits import Edit
    from vitwidgets.widgets.patcher.source import Prediction


def told(edits: Sequence[Edit]) -> str:
    """Say how many edits act, and which donors they take from."""
    donors = list(dict.fromkeys(each["source"] for each in edits if each["source"]))
    origin = f" from {', '.join(donors)}" if donors else ""
    return f"{len(edits)} edit{'s' * (len(edits) != 1)}{origin}"


def said_of(logits: Tensor, now: Prediction, names: Sequence[str]) -> str:
    """Say what the model says: "cat 93 % -> dog 61 %", or "cat 93 %" with no edit.

    Parameters
    ----------
    logits
        ``(class,)``, with nothing edited.
    now
        With the edits.
    names
        Of the classes.
    """
    before = logits.double().softmax(-1)
    was = int(before.argmax())
    words = _with_share(names[was], float(before[was]))
    if not now.bound.interventions:
        return words
    share = float(now.probabilities[now.top])
    return f"{words} -> {_with_share(names[now.top], share)}"


def _with_share(name: str, share: float) -> str:
    """Give a class with its share as the page writes it: "cat 97 %", "cat 0.40 %"."""
    number = 100 * share
    if 0 < number < 0.01:  # noqa: PLR2004 (what two decimals can tell)
        return f"{name} <0.01 %"
    text = f"{number:.0f}" if number >= 10 else f"{number:#.2g}".rstrip(".")  # noqa: PLR2004
    return f"{name} {text} %"
