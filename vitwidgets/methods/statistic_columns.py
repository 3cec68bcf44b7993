"""The columns of the table of head statistics, and what each one means."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MEASURED: Mapping[str, str] = {
    "mean_distance": (
        "mean distance, in patches, between a patch and what it attends to, over all "
        "pairs of patches (itself included) weighted by their attention; what goes to "
        "prefix tokens is left out (Dosovitskiy et al., 2021; Raghu et al., 2021)"
    ),
    "entropy": "entropy of a row, in nats",
    "relative_entropy": "entropy of a row over log N: 1 is uniform, 0 a single token",
    "cls_mass": "attention to the class token",
    "register_mass": (
        "attention to prefix tokens other than the class token (registers, the "
        "distillation token)"
    ),
    "self_mass": "attention of a patch to itself",
    "row_mass": "attention to the other patches of the same row",
    "column_mass": "attention to the other patches of the same column",
    "border_mass": "attention to patches at the edge, corners apart",
    "corner_mass": "attention to the corner patches",
    "sink_mass": (
        "attention to patches whose norm is an outlier (Darcet et al., 2024), over the "
        "images that have one"
    ),
    "offset_mass": (
        "attention to the patch at the best offset, over the patches that have one "
        "there (Walmer et al., 2023)"
    ),
    "object_auroc": (
        "chance that the class token (patches on average, where there is none) attends "
        "more to a patch of the object than to another patch; 0.5 knows nothing"
    ),
    "object_auroc_elsewhere": (
        "the same with the mask of the image before: what knowing where objects "
        "usually are gives"
    ),
}
"""Measured on each image: mean over images; `_ci95` is half the width of its 95 %
interval (empty for one image), `_uniform` what uniform attention gives."""

WITHOUT_UNIFORM = ("object_auroc", "object_auroc_elsewhere")

OVER_ALL: Mapping[str, str] = {
    "offset_row": "rows down of the best offset, which holds most on average",
    "offset_col": "columns to the right of the best offset",
    "position_r2": (
        "share of the patterns' variation (about uniform) that position alone "
        "explains: R^2 of the mean pattern, estimated without bias; empty for one image"
    ),
    "generality": (
        "mean correlation of the patterns of two images; empty for one image"
    ),
}
"""Measured over all images together."""


def _described() -> dict[str, str]:
    columns = {
        "layer": "index of the block",
        "head": "index of the head",
        "address": "what the head is called, such as L3.H2",
    }
    for name, meaning in MEASURED.items():
        columns[name] = meaning
        columns[f"{name}_ci95"] = f"half of the 95 % interval of {name}"
        if name not in WITHOUT_UNIFORM:
            columns[f"{name}_uniform"] = f"{name} of uniform attention"
    return {**columns, **OVER_ALL}


COLUMNS: Mapping[str, str] = _described()
"""What each column of the table means, in order.

All but `object_auroc` are over the rows of patches, not of prefix tokens."""
