"""Checks of what is done in click-to-patch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.models.addresses import Address
from vitwidgets.workshop.bench import head_name
from vitwidgets.workshop.checks.check import (
    Check,
    OneOf,
    Outcome,
    Verdict,
    Whole,
    counted,
)
from vitwidgets.workshop.edits import NAMED_EDITS, copied, says

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vitwidgets.workshop.bench import Bench
    from vitwidgets.workshop.edits import Edit

_PATCH = ("ClickToPatch",)
_EDITS = OneOf(tuple(NAMED_EDITS))


def will_it_flip(bench: Bench, edits: str) -> Outcome:
    """Tell whether edits that a lesson names bring the donor's answer."""
    wanted, found = bench.donor_answer, says(bench, NAMED_EDITS[edits](bench))
    text = f"With it the model says {bench.named(found)}"
    if found == wanted:
        return Outcome("yes", f"{text}: what the other image shows.")
    return Outcome("no", f"{text}, and not {bench.named(wanted)}.")


def edits_are(bench: Bench, edits: str) -> Verdict:
    """Tell whether the view's edits are those that a lesson names."""
    wanted = _places(NAMED_EDITS[edits](bench))
    present = _copies(bench)
    what = bench.told_edits()
    if present is None:
        return Verdict(
            False, what, "Copy from the other image only: take the rest out."
        )
    missing = len(wanted - present)
    extra = len(present - wanted)
    if not missing and not extra:
        return Verdict(True, what, f"That is it: {bench.told_answer()}.")
    return Verdict(
        False, what, f"{missing} of {len(wanted)} are missing, {extra} are too many."
    )


def strongest_single_head(bench: Bench, among: int) -> Verdict:
    """Tell whether one head is copied, and moves the answer most of all heads.

    What is measured is the difference of the two answers' logits, from 0, as in the
    image's own run, to 1, as in the other's (Zhang and Nanda, 2023).
    """
    effects, what = bench.effects, bench.told_edits()
    acting = bench.acting()
    if not acting:
        return Verdict(False, what, "Nothing is copied yet: copy one head.")
    head = Address.parse(acting[0]["address"]) if len(acting) == 1 else None
    if head is None or head.part != "z" or not _copies(bench) or acting[0]["tokens"]:
        return Verdict(False, what, "Copy one head, at all tokens, and nothing else.")
    place = head.layer, head.index or 0
    effect = effects[place]
    beyond = int((effects > effect).sum())
    said = (
        f"{head_name(*place)} goes {100 * effect:.0f} % of the way to "
        f"{bench.named(bench.donor_answer)}; "
        f"{counted(beyond, 'other head goes', 'other heads go')} farther."
    )
    return Verdict(beyond < among, what, said)


def flips_with(bench: Bench, parts: str, times: int) -> Verdict:
    """Tell whether few enough heads or patches bring the donor's answer.

    Few enough is `times` as many as a search for the fewest took.
    """
    most = times * len(bench.smallest_flip(parts).units)
    what, present = bench.told_edits(), _copies(bench)
    kind = "z" if parts == "heads" else "resid_pre"
    addresses = [Address.parse(edit["address"]) for edit in bench.acting()]
    asked = f"opy {parts} from the other image"
    asked += "" if parts == "heads" else ", before a block"
    if not addresses:
        return Verdict(False, what, f"Nothing is copied yet: c{asked}.")
    if present is None or any(each.part != kind for each in addresses):
        return Verdict(False, what, f"C{asked}, and nothing else.")
    count = len(present)
    if any(not token for _, token in present) and parts == "patches":
        return Verdict(False, what, "Choose patches: not all tokens at once.")
    now = bench.told_answer()
    if bench.view.prediction.top != bench.donor_answer:
        wanted = bench.named(bench.donor_answer)
        return Verdict(False, what, f"{count} copied: {now}, not {wanted} yet.")
    if count > most:
        return Verdict(False, what, f"{count} copied: {now}. At most {most} may be.")
    return Verdict(True, what, f"{count} copied: {now}.")


def harmless_edit(bench: Bench, kind: str) -> Verdict:
    """Tell whether one head is edited so, and the answer stays."""
    what, acting = bench.told_edits(), bench.acting()
    if not acting:
        return Verdict(False, what, f"No head is set to {kind} yet.")
    one = len(acting) == 1 and acting[0]["kind"] == kind and not acting[0]["tokens"]
    if not one or Address.parse(acting[0]["address"]).part != "z":
        return Verdict(False, what, f"Set one head to {kind}, and nothing else.")
    stays = bench.view.prediction.top == bench.answer
    return Verdict(stays, what, f"With {what}: {bench.told_answer()}.")


def harmful_heads(bench: Bench) -> Outcome:
    """Tell how many heads change the answer when each alone becomes the donor's."""
    _ = bench.donor_answer
    config = bench.model.config
    heads = [
        Address(layer, "z", head)
        for layer in range(config.n_layers)
        for head in range(config.n_heads)
    ]
    flips = [
        str(head) for head in heads if says(bench, copied(bench, head)) != bench.answer
    ]
    count = f"{len(flips)} of {len(heads)}"
    named = f" ({', '.join(flips[:4])})" if flips else ""
    text = f"{count} heads change the answer when they alone are copied{named}."
    names = ("none", "some", "all")
    return Outcome(names[bool(flips) + (len(flips) == len(heads))], text)


def _copies(bench: Bench) -> set[tuple[str, str]] | None:
    """Give what is copied, token by token; None where there is another edit, too."""
    donor = bench.view.donor_names()[0]
    acting = bench.acting()
    if any((edit["kind"], edit["source"]) != ("patch", donor) for edit in acting):
        return None
    return _places(acting)


def _places(edits: list[Edit]) -> set[tuple[str, str]]:
    return {
        (edit["address"], token) for edit in edits for token in (edit["tokens"] or [""])
    }


CHECKS: Mapping[str, Check] = {
    "will_it_flip": Check(
        _PATCH, will_it_flip, {"edits": _EDITS}, outcomes=("yes", "no")
    ),
    "edits_are": Check(_PATCH, edits_are, {"edits": _EDITS}),
    "strongest_single_head": Check(_PATCH, strongest_single_head, {"among": Whole()}),
    "flips_with": Check(
        _PATCH,
        flips_with,
        {"parts": OneOf(("heads", "patches")), "times": Whole(1, 10)},
    ),
    "harmless_edit": Check(_PATCH, harmless_edit, {"kind": OneOf(("zero", "mean"))}),
    "harmful_heads": Check(_PATCH, harmful_heads, outcomes=("none", "some", "all")),
}
