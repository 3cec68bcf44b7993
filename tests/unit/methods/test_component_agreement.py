"""What components write beside what copying them does, against plain runs by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from tests.parity import entries, variants
from tests.unit.methods.patching_runs import (
    double_vit,
    plain_run,
    replaced,
    two_images,
    two_runs,
)
from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels
from vitwidgets.methods.component_agreement import (
    agreement_sites,
    component_agreement,
)
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import (
    StaleCacheError,
    UnknownSiteError,
    UnsupportedModelError,
)

LAYERS, HEADS, WIDTH = 3, 4, 8
EVERY = slice(None)
MODELS = {
    "class token": ("square, cls", {}),
    "class token, LayerScale": ("square, cls", {"init_values": 0.5}),
    "registers": ("oblong, five", {}),
    "no final norm": ("square, cls", {"final_norm": False}),
}
ADDRESSES = [
    address
    for layer in range(LAYERS)
    for address in (*(f"L{layer}.H{head}" for head in range(HEADS)), f"L{layer}.MLP")
]


def classes_of(model: HookedViT) -> tuple[int, int]:
    """Give what the donor shows and what the base shows."""
    base, donor = (int(model.module(image).argmax()) for image in two_images(model))
    return donor, base


def difference(logits: torch.Tensor, classes: tuple[int, int]) -> float:
    return float((logits[0, classes[0]] - logits[0, classes[1]]).detach())


def plain_totals(model: HookedViT, classes: tuple[int, int]) -> torch.Tensor:
    """Copy each component from the donor's run into a full run of the base."""
    base_image, donor_image = two_images(model)
    base, of_base = plain_run(model.module, base_image, {})
    donor, of_donor = plain_run(model.module, donor_image, {})
    low, high = difference(base, classes), difference(donor, classes)
    found = []
    for layer in range(LAYERS):
        z, mlp = f"blocks.{layer}.attn.hook_z", f"blocks.{layer}.hook_mlp_out"
        places = [(z, (EVERY, EVERY, head)) for head in range(HEADS)]
        for site, place in [*places, (mlp, (EVERY,))]:
            value = replaced(of_base[site], of_donor[site], place)
            edits = {site: lambda _, value=value: value}
            logits, _ = plain_run(model.module, base_image, edits)
            found.append((difference(logits, classes) - low) / (high - low))
    return torch.tensor(found, dtype=torch.float64)


@torch.no_grad()
def plain_terms(
    module: Any, image: torch.Tensor, classes: tuple[int, int]
) -> list[float]:
    """Give what each component writes at the class token, read by hand."""
    _, seen = plain_run(module, image, {})
    row = module.head.weight[classes[0]] - module.head.weight[classes[1]]
    norm, scale = module.norm, 1.0
    if isinstance(norm, nn.LayerNorm):
        last = seen[f"blocks.{LAYERS - 1}.hook_resid_post"][0, 0]
        scale = (last.var(correction=0) + norm.eps).sqrt()
        row = row * norm.weight
        row = row - row.mean()  # the norm takes the mean of what is written away
    found = []
    for layer, block in enumerate(module.blocks):
        z = seen[f"blocks.{layer}.attn.hook_z"][0, 0]
        gamma = getattr(block.ls1, "gamma", 1.0)
        for head in range(HEADS):
            columns = block.attn.proj.weight[:, head * WIDTH : (head + 1) * WIDTH]
            found.append(float((gamma * (columns @ z[head])) @ row / scale))
        found.append(float(seen[f"blocks.{layer}.hook_mlp_out"][0, 0] @ row / scale))
    return found


def plain_direct(model: HookedViT, classes: tuple[int, int]) -> torch.Tensor:
    images = two_images(model)
    base, donor = (
        torch.tensor(plain_terms(model.module, image, classes), dtype=torch.float64)
        for image in images
    )
    low, high = (difference(model.module(image), classes) for image in images)
    return (donor - base) / (high - low)


@pytest.mark.parametrize("kind", MODELS)
def test_equals_plain_runs_by_hand(kind):
    grid, options = MODELS[kind]
    model = double_vit(grid, **options)
    base, donor = two_runs(model)
    found = component_agreement(model, base, donor)
    classes = classes_of(model)
    assert (found.metric.target, found.metric.versus) == classes
    for ours, wanted in (
        (found.total, plain_totals(model, classes)),
        (found.direct, plain_direct(model, classes)),
    ):
        assert ours.dtype == torch.float64
        torch.testing.assert_close(ours, wanted, rtol=0, atol=1e-9)
    torch.testing.assert_close(found.indirect, found.total - found.direct)
    assert found.indirect.abs().max() > 0.05


def test_classes_of_ones_own():
    model = double_vit("square, cls")
    base, donor = two_runs(model)
    shown = classes_of(model)
    other = next(index for index in range(6) if index not in shown)
    for given, classes in (
        ({"target": other}, (other, shown[1])),
        ({"versus": other}, (shown[0], other)),
        ({"target": shown[1], "versus": other}, (shown[1], other)),
    ):
        found = component_agreement(model, base, donor, **given)
        assert (found.metric.target, found.metric.versus) == classes
        wanted = plain_totals(model, classes)
        torch.testing.assert_close(found.total, wanted, rtol=0, atol=1e-9)
        wanted = plain_direct(model, classes)
        torch.testing.assert_close(found.direct, wanted, rtol=0, atol=1e-9)


def test_nothing_comes_after_the_last_mlp():
    model = double_vit("square, cls", final_norm=False)
    found = component_agreement(model, *two_runs(model))
    assert abs(float(found.indirect[-1])) < 1e-12
    assert abs(float(found.direct[-1])) > 0.01
    # What its heads write, the last MLP reads.
    assert float(found.indirect[-1 - HEADS : -1].abs().min()) > 1e-6


def test_direct_is_all_where_no_later_part_reads_it():
    """The last two blocks' MLPs write nothing, and the last attention neither."""
    model = double_vit("square, cls", final_norm=False)
    module: Any = model.module
    with torch.no_grad():
        for part in (
            module.blocks[1].mlp.fc2,
            module.blocks[2].attn.proj,
            module.blocks[2].mlp.fc2,
        ):
            part.weight.zero_()
    found = component_agreement(model, *two_runs(model))
    silent = torch.tensor([each in ("L1.MLP", "L2.MLP") for each in ADDRESSES])
    silent[-1 - HEADS : -1] = True
    assert float(found.direct[silent].abs().max()) < 1e-12
    assert float(found.total[silent].abs().max()) < 1e-12
    before = torch.tensor([each.startswith("L1.H") for each in ADDRESSES])
    torch.testing.assert_close(
        found.total[before], found.direct[before], rtol=0, atol=1e-12
    )
    assert float(found.direct[before].abs().min()) > 1e-4
    # Block 1 reads what block 0 writes.
    assert float(found.indirect[: HEADS + 1].abs().min()) > 1e-6


def test_order_names_and_rows():
    model = hooked_vit(GRIDS["square, cls"])
    found = component_agreement(model, *two_runs(model))
    assert list(found.addresses) == ADDRESSES
    assert found.layers == tuple(layer for layer in range(3) for _ in range(5))
    assert found.kinds == (*["head"] * 4, "MLP") * 3
    rows = found.rows()
    assert [row.address for row in rows] == ADDRESSES
    for name in ("direct", "total", "indirect"):
        assert [getattr(row, name) for row in rows] == getattr(found, name).tolist()
    worst = found.disagreements(3)
    sizes = sorted((abs(row.total - row.direct) for row in rows), reverse=True)
    assert [abs(row.indirect) for row in worst] == pytest.approx(sizes[:3])
    assert "15 of 15" in repr(found)
    assert "the final norm" in found.frozen


def test_progress_shows_what_is_known_so_far():
    model = hooked_vit(GRIDS["square, cls"])
    runs = two_runs(model)
    seen = []
    found = component_agreement(model, *runs, progress=seen.append)
    counts = [each.done for each in seen]
    assert counts == sorted(set(counts))
    assert counts[0] < counts[-1] == len(ADDRESSES)
    for each in seen:
        known = ~each.total.isnan()
        assert torch.equal(each.total[known], found.total[known])
        assert torch.equal(each.direct, found.direct)
        assert not any(math.isnan(row.total) for row in each.disagreements(99))


@pytest.mark.parametrize("passes", [1, 5])
def test_an_interrupt_leaves_the_model_clean(passes):
    model = hooked_vit(GRIDS["square, cls"])
    base, donor = two_runs(model)
    seen = []

    def interrupt(found):
        seen.append(found)
        if len(seen) == passes:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        component_agreement(model, base, donor, progress=interrupt)
    assert len(seen) == passes
    image = two_images(model)[0]
    with torch.no_grad():
        assert torch.equal(model(image), base["hook_logits"])
        assert torch.equal(model.module(image), base["hook_logits"])


def test_the_sites_that_it_names_are_enough_and_without_patterns():
    model = hooked_vit(GRIDS["oblong, five"])
    sites = agreement_sites(model)
    assert not [site for site in sites if "pattern" in site or site.endswith("hook_v")]
    runs = [model.run_with_cache(image, sites)[1] for image in two_images(model)]
    found = component_agreement(model, *runs)
    wanted = component_agreement(model, *two_runs(model))
    assert torch.equal(found.total, wanted.total)
    assert torch.equal(found.direct, wanted.direct)


def test_a_run_that_did_not_keep_what_is_needed():
    model = hooked_vit(GRIDS["square, cls"])
    base, donor = two_runs(model)
    _, poor = model.run_with_cache(two_images(model)[1], "blocks.*.attn.hook_z")
    message = r"run of the donor did not keep .* agreement_sites\(model\)"
    with pytest.raises(UnknownSiteError, match=message):
        component_agreement(model, base, poor)
    message = r"run of the base did not keep .* agreement_sites\(model\)"
    with pytest.raises(UnknownSiteError, match=message):
        component_agreement(model, poor, donor)


def test_pairs_that_give_no_scale():
    model = hooked_vit(GRIDS["square, cls"])
    base, donor = two_runs(model)
    with pytest.raises(ValueError, match="predict the same class"):
        component_agreement(model, base, base)
    with pytest.raises(ValueError, match="so small a difference"):
        component_agreement(model, base, base, target=0, versus=1)
    with pytest.raises(ValueError, match="are both class 2"):
        component_agreement(model, base, donor, target=2, versus=2)
    with pytest.raises(IndexError, match="no class 6"):
        component_agreement(model, base, donor, target=6)
    images = pixels(model.grid, 2)
    with pytest.raises(ValueError, match="run of 2 images"):
        component_agreement(model, base, model.run_with_cache(images)[1])
    with pytest.raises(TypeError, match="got a Tensor"):
        component_agreement(model, base, images)  # pyright: ignore[reportArgumentType]


def test_stale_runs():
    model = hooked_vit(GRIDS["square, cls"])
    runs = two_runs(model)
    with torch.no_grad():
        next(model.module.parameters()).mul_(2)
    with pytest.raises(StaleCacheError):
        component_agreement(model, *runs)


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        (
            lambda: entries.build("vit_small_patch16_18x2_224"),
            "several attentions side by side",
        ),
        (
            lambda: entries.build("vit_base_patch16_xp_224"),
            "attention and MLP to the stream as one",
        ),
        (lambda: variants.build("attention pooling"), "attention of its own"),
        (lambda: variants.build("no head"), "it has no classifier"),
    ],
)
def test_families_that_cannot_be_taken_apart_say_why(module, reason):
    model = HookedViT(module())
    _, run = model.run_with_cache(torch.randn(1, 3, *model.config.image_size))
    with pytest.raises(UnsupportedModelError, match=reason):
        component_agreement(model, run, run, target=0, versus=1)


class OwnLinear(nn.Linear):
    """A projection that may do something else than nn.Linear."""


def test_heads_behind_an_unknown_projection():
    model = hooked_vit(GRIDS["square, cls"])
    module: Any = model.module
    own = OwnLinear(32, 32)
    own.load_state_dict(module.blocks[1].attn.proj.state_dict())
    module.blocks[1].attn.proj = own
    model = HookedViT(module)
    message = "heads of .* cannot be told apart: .* OwnLinear, not a plain linear"
    with pytest.raises(UnsupportedModelError, match=message):
        component_agreement(model, *two_runs(model))
