"""Whether one model is hooked exactly, found out by trying.

The checks share no code with what they check: plain calls of the module, a copy of it
with columns of a projection set to zero, and products of tensors.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from vitwidgets.models.census.building import Cut, structure, with_numbers
from vitwidgets.models.census.makes import make_of
from vitwidgets.models.class_path import class_path
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.families.layout import resolve
from vitwidgets.models.hooked_vit import HookedViT
from vitwidgets.models.sites import split_name

if TYPE_CHECKING:
    from vitwidgets.models.census.entries import Entry
    from vitwidgets.models.interception.hooks import HookPoint
    from vitwidgets.models.pieces.parts import Layout

TRANSFORMERS = "Hugging Face"
"""Group of the entries whose text tower is not open_clip's own."""

SITE_BY_SITE_PARAMETERS = 100_000_000
"""Wider models (cut as they are) are not tried site by site: it would take minutes."""

EXACT, PARTIAL, UNSUPPORTED, WRONG = "exact", "partial", "unsupported", "wrong"

_ENDS = (2, 1)
"""The words that open_clip's towers take for a text's end."""

_SLOW_PATH = 2e-6
_ROUNDING = 1e-5
_AMPLE = 10**11


@dataclass(frozen=True)
class Verdict:
    """What the census found about one model.

    Attributes
    ----------
    entry
        The model.
    model_class
        Its class, without its package; empty if it could not be made.
    kind
        ``"exact"``, ``"partial"``, ``"unsupported"`` or ``"wrong"``.
    note
        What is missing or wrong, and why; empty where nothing is.
    pairs
        Its pairs of block and attention classes.
    """

    entry: Entry
    model_class: str
    kind: str
    note: str
    pairs: frozenset[tuple[str, str]]


def structural_verdict(entry: Entry, cut: Cut = Cut.NOTHING) -> Verdict:
    """Judge a model by its structure alone, without numbers."""
    if entry.group == TRANSFORMERS:
        note = "its text tower is a model of transformers, laid out there"
        return Verdict(entry, "HFTextEncoder", UNSUPPORTED, note, frozenset())
    module = structure(entry, cut)
    kind = class_path(module).rpartition(".")[2]
    try:
        layout = resolve(module)
    except UnsupportedModelError as error:
        return Verdict(entry, kind, UNSUPPORTED, _reason(error), frozenset())
    pairs = frozenset(
        (class_path(block.module), class_path(block.attention))
        for block in layout.blocks
    )
    note = _unreachable(layout)
    return Verdict(entry, kind, PARTIAL if note else EXACT, note, pairs)


def numeric_faults(
    entry: Entry, cut: Cut, tried: dict[str, tuple[str, ...]] | None = None
) -> tuple[str, ...]:
    """Run a model with random weights; give what is wrong, in one sentence each.

    Parameters
    ----------
    entry
        The model.
    cut
        How it is cut.
    tried
        What was wrong by make: a model of a make that was tried is not tried again.
    """
    tried = {} if tried is None else tried
    make = make_of(structure(entry, cut))
    if make not in tried:
        tried[make] = _faults(with_numbers(entry, cut))
    return tried[make]


def _faults(module: nn.Module) -> tuple[str, ...]:
    with torch.no_grad():
        model = HookedViT(module)
        x = _inputs(model)
        faults = [*_faults_of_reading(model, x), *_faults_of_writing(model, x)]
        if model.config.n_params <= SITE_BY_SITE_PARAMETERS:
            faults += [*_faults_of_sites(model, x), *_faults_of_heads(model, x)]
    return tuple(faults)


def _reason(error: UnsupportedModelError) -> str:
    sentence = str(error).split(". Supported:", maxsplit=1)[0]
    return sentence.partition("which is not supported: ")[2] or sentence


def _unreachable(layout: Layout) -> str:
    """Say which sites are computed and out of reach; the first block stands for all."""
    reasons: dict[str, list[str]] = {}
    for name in sorted(layout.unreachable):
        layer, site = split_name(name)
        if not layer:
            reasons.setdefault(layout.missing[name], []).append(site)
    return "; ".join(f"{', '.join(names)}: {why}" for why, names in reasons.items())


def _inputs(model: HookedViT) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    config = model.config
    if config.n_words:
        size = (2, config.context_length)
        greatest = config.n_words - 1
        ids = torch.randint(max(_ENDS) + 1, greatest, size, generator=generator)
        # Towers read a text at its greatest word, at its end mark or at its last word:
        # read at the first, where a causal text sees itself alone, sites look dead.
        ids[:, -3:] = torch.tensor([greatest, *_ENDS])
        return ids
    shape = (2, config.n_channels, *config.image_size)
    return torch.randn(shape, generator=generator)


def _faults_of_reading(model: HookedViT, x: Tensor) -> list[str]:
    plain = _logits(model.module(x))
    logits, cache = model.run_with_cache(x, budget=_AMPLE)
    faults: list[str] = []
    if not torch.equal(_logits(logits), plain):
        faults.append(f"logits differ by {_difference(_logits(logits), plain):.2g}")
    for name in model.sites:
        if not name.endswith("attn.hook_attn_mix"):
            continue
        prefix = name.removesuffix("hook_attn_mix")
        pattern_name, v_name = f"{prefix}hook_pattern", f"{prefix}hook_v"
        if f"{prefix}hook_diff_pattern" in model.sites:
            pattern_name = f"{prefix}hook_diff_pattern"
        elif f"{prefix}hook_mixed_pattern" in model.sites:
            pattern_name = f"{prefix}hook_mixed_pattern"
        elif f"{prefix}hook_normed_v" in model.sites:
            v_name = f"{prefix}hook_normed_v"
        mix, v = cache[name], cache[v_name]
        if v.shape[2] != mix.shape[2]:
            v = v.repeat_interleave(mix.shape[2] // v.shape[2], dim=2)
        made = torch.einsum("bhqk,bkhd->bqhd", cache[pattern_name].to(v.dtype), v)
        if _difference(made, mix) > _ROUNDING:
            faults.append(f"{name} is not pattern . v, by {_difference(made, mix):.2g}")
    return faults


def _faults_of_writing(model: HookedViT, x: Tensor) -> list[str]:
    plain = _logits(model.module(x))
    written = _logits(model.run_with_hooks(x, [("*", _own)]))
    faults: list[str] = []
    allowed = _SLOW_PATH if _leaves_fast_path(model.module) else 0.0
    if _difference(written, plain) > allowed:
        faults.append(
            f"own values change the logits by {_difference(written, plain):.2g}"
        )
    return faults


def _faults_of_sites(model: HookedViT, x: Tensor) -> list[str]:
    plain = _logits(model.module(x))
    allowed = _SLOW_PATH if _leaves_fast_path(model.module) else 0.0
    faults: list[str] = []
    for name in _sites_of_one_block(model):
        changed = _logits(model.run_with_hooks(x, [(name, _changed)]))
        if _difference(changed, plain) <= allowed:
            faults.append(f"{name} is dead")
    return faults


def _sites_of_one_block(model: HookedViT) -> list[str]:
    """Sites of the last block, which stands for all, and those outside the blocks."""
    last = f"blocks.{model.config.n_layers - 1}."
    return [
        name
        for name in model.sites
        if not name.startswith("blocks.") or name.startswith(last)
    ]


def _faults_of_heads(model: HookedViT, x: Tensor) -> list[str]:
    def silent(value: Tensor, _: HookPoint) -> Tensor:
        value = value.clone()
        value[..., 0, :] = 0
        return value

    faults: list[str] = []
    for site in (n for n in _sites_of_one_block(model) if n.endswith(".hook_z")):
        surgery = _without_first_head(model.module, site)
        if surgery is None:
            continue
        expected = _logits(surgery(x))
        got = _logits(model.run_with_hooks(x, [(site, silent)]))
        if _difference(got, expected) > _SLOW_PATH:
            faults.append(f"zeroing a head at {site} is not zeroing its columns")
    return faults


def _without_first_head(module: nn.Module, site: str) -> nn.Module | None:
    """Give a copy of a model whose projection ignores a head, if it is plain."""
    layer = int(site.split(".")[1])
    if not site.startswith("blocks.") or ".attn." not in site:
        return None
    surgery = copy.deepcopy(module)
    block = resolve(surgery).blocks[layer]
    untyped = cast("Any", block.attention)
    for name in ("proj", "out_proj", "attn_out_proj", "o_proj"):
        projection = getattr(untyped, name, None)
        projection = getattr(projection, "linear", projection)
        if isinstance(projection, nn.Linear):
            projection.weight[:, : block.heads.d_head] = 0
            return surgery
    return None


def _leaves_fast_path(module: nn.Module) -> bool:
    return any(isinstance(part, nn.MultiheadAttention) for part in module.modules())


def _own(value: Tensor, _: HookPoint) -> Tensor:
    return value.clone()


def _changed(value: Tensor, point: HookPoint) -> Tensor:
    generator = torch.Generator().manual_seed(2)
    noise = torch.randn(value.shape, generator=generator).to(value)
    if point.name.endswith(("hook_scale", "hook_pattern")):
        return value * (0.5 * noise).exp()
    return torch.where(value.isfinite(), value + noise, value)


def _logits(output: Any) -> Tensor:
    return cast("Tensor", output[0] if isinstance(output, tuple) else output)


def _difference(value: Tensor, other: Tensor) -> float:
    """Largest difference relative to the largest entry."""
    largest = float(other.abs().max())
    return float((value - other).abs().max()) / max(largest, 1e-12)
