"""The census as a page of the documentation."""

from __future__ import annotations

from collections import Counter
from importlib import metadata
from itertools import groupby
from typing import TYPE_CHECKING

from vitwidgets.models.census.verdicts import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vitwidgets.models.census.verdicts import Verdict

_HEAD = """\
# Which models can be hooked

Written by `python -m vitwidgets.models census`, which makes every model below with
random weights and tries it. *Exact* means:

- with everything cached, the logits are those of the plain module, bit for bit;
- every activation that the model computes in its blocks is a site;
- writing all own values back changes nothing (no more than 2e-6 of the largest logit
  where `nn.MultiheadAttention` has to leave its native path for that);
- pattern · v is what the module mixed;
- every site of the last block and outside the blocks has an effect, and a zeroed head
  is its columns of the output projection set to zero (not tried on the widest models,
  those of more than 100 million parameters in what is left of them).

*Partial* names what is out of reach. *Unsupported* is refused with an error that says
why. A model that differs from one tried before in its weights' values alone is not
tried again. The parity tests check far more, on fewer models.
"""


def page(verdicts: Sequence[Verdict], n_whole: int) -> str:
    """Write the page.

    Parameters
    ----------
    verdicts
        What was found, in order.
    n_whole
        How many models were also checked at full depth.
    """
    timm = [v for v in verdicts if v.entry.library == "timm"]
    clip = [v for v in verdicts if v.entry.library == "open_clip"]
    parts = [
        _HEAD,
        _summary(verdicts, n_whole),
        "## timm\n",
        *(_timm_table(group, list(found)) for group, found in _by_group(timm)),
        "## open_clip\n",
        _clip_table(clip),
    ]
    return "\n".join(parts)


def _summary(verdicts: Sequence[Verdict], n_whole: int) -> str:
    versions = (
        f"timm {metadata.version('timm')}, open_clip "
        f"{metadata.version('open_clip_torch')}, torch {metadata.version('torch')}; "
        f"two blocks, few patches and few words where the family can be cut like "
        f"that, and {n_whole} models drawn at random at full depth too.\n"
    )
    head = ["| | to be exact | exact | share |", "|---|---:|---:|---:|"]
    lines = [versions, *head]
    for title, chosen in (
        ("timm", [v for v in verdicts if v.entry.library == "timm"]),
        ("open_clip, image towers", _towers(verdicts, "image")),
        ("open_clip, text towers", _towers(verdicts, "text")),
    ):
        wanted = [v for v in chosen if v.entry.expected]
        exact = Counter(v.kind for v in wanted)[EXACT]
        share = f"{exact / len(wanted):.1%}" if wanted else ""
        lines.append(f"| {title} | {len(wanted)} | {exact} | {share} |")
    return "\n".join(lines) + "\n"


def _towers(verdicts: Iterable[Verdict], tower: str) -> list[Verdict]:
    return [
        v for v in verdicts if v.entry.library == "open_clip" and v.entry.tower == tower
    ]


def _by_group(
    verdicts: Sequence[Verdict],
) -> Iterable[tuple[str, Iterable[Verdict]]]:
    return groupby(verdicts, key=lambda verdict: verdict.entry.group)


def _timm_table(group: str, verdicts: list[Verdict]) -> str:
    kinds = Counter(verdict.kind for verdict in verdicts)
    counts = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    rows = [
        f"| {v.entry.name} | {v.model_class} | {v.kind} | {v.note} |" for v in verdicts
    ]
    head = ["| name | class | verdict | note |", "|---|---|---|---|"]
    return "\n".join([f"### {group}: {counts}\n", *head, *rows, ""])


def _clip_table(verdicts: Sequence[Verdict]) -> str:
    text = {v.entry.name: v for v in verdicts if v.entry.tower == "text"}
    rows = [
        f"| {v.entry.name} | {v.model_class} | {v.kind} | {text[v.entry.name].kind} | "
        f"{_notes(v, text[v.entry.name])} |"
        for v in sorted(_towers(verdicts, "image"), key=lambda v: v.entry.name)
    ]
    head = ["| name | image tower | image | text | note |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows, ""])


def _notes(image: Verdict, text: Verdict) -> str:
    return "; ".join(
        f"{what}: {verdict.note}"
        for what, verdict in (("image", image), ("text", text))
        if verdict.note
    )
