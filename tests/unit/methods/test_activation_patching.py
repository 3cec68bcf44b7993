"""Exact sweeps, against full runs step by step."""

from __future__ import annotations

import threading

import pytest
import torch
from timm.models.eva import Eva

from tests.unit.methods.patching_runs import (
    LAYERED,
    OF_ONE_LAYER,
    SUFFIXES,
    double_vit,
    places,
    plain_run,
    replaced,
    two_images,
    two_runs,
)
from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels
from vitwidgets.methods.activation_patching import activation_patching, patching_sites
from vitwidgets.methods.patching.metrics import Metric
from vitwidgets.models import HookedViT

MODELS = {
    "class token": ("square, cls", {}),
    "class token, LayerScale": ("square, cls", {"init_values": 0.5}),
    "registers": ("oblong, five", {}),
    "mean, then norm": ("oblong, no prefix", {"fc_norm": True}),
}


def plain_shares(model, over, layer, direction):
    """Run everything anew for each unit; give the share of the logit difference."""
    base_image, donor_image = two_images(model)
    base, of_base = plain_run(model.module, base_image, {})
    donor, of_donor = plain_run(model.module, donor_image, {})
    target, versus = int(donor.argmax()), int(base.argmax())
    image, own, other = (
        (base_image, of_base, of_donor)
        if direction == "denoising"
        else (donor_image, of_donor, of_base)
    )

    def difference(logits):
        return float(logits[0, target] - logits[0, versus])

    low, high = difference(base), difference(donor)
    rows = []
    for at in range(3) if layer is None else (layer,):
        site = f"blocks.{at}.{SUFFIXES[over]}"
        for place in places(over, own[site]):
            value = replaced(own[site], other[site], place)
            edits = {site: lambda _, value=value: value}
            logits, _ = plain_run(model.module, image, edits)
            rows.append((difference(logits) - low) / (high - low))
    return torch.tensor(rows, dtype=torch.float64)


@pytest.mark.parametrize("direction", ["denoising", "noising"])
@pytest.mark.parametrize("over", [*LAYERED, *OF_ONE_LAYER])
@pytest.mark.parametrize("kind", MODELS)
def test_equals_full_runs_by_the_textbook(kind, over, direction):
    grid, options = MODELS[kind]
    model = double_vit(grid, **options)
    base, donor = two_runs(model)
    for layer in (None,) if over in LAYERED else (0, 2):
        sweep = activation_patching(
            model, base, donor, over=over, layer=layer, direction=direction
        ).run()
        wanted = plain_shares(model, over, layer, direction).view(sweep.values.shape)
        torch.testing.assert_close(sweep.values, wanted, rtol=0, atol=1e-9)


@pytest.mark.parametrize("over", ["heads", "resid_mid", "resid_post"])
def test_grid_is_by_layer_then_by_head_or_token(over):
    model = double_vit("oblong, five")
    sweep = activation_patching(model, *two_runs(model), over=over)
    assert sweep.values.shape == (3, 4 if over == "heads" else 20)
    assert sweep.values.isnan().all()


@pytest.mark.parametrize("batch_size", [1, 3, None])
def test_batches_equal_single_full_runs_in_float32(batch_size):
    model = hooked_vit(GRIDS["square, cls"])
    base, donor = two_runs(model)
    metric = Metric("logit", 2)
    sweep = activation_patching(
        model, base, donor, over="heads", metric=metric, batch_size=batch_size
    ).run()
    image = base.source.images
    largest = 0.0
    for layer in range(3):
        site = f"blocks.{layer}.attn.hook_z"
        for head in range(4):
            place = (slice(None), slice(None), head)
            value = replaced(base[site], donor[site], place)
            full = model.run_with_hooks(
                image, [(site, lambda z, hook, v=value: v)]
            ).detach()
            largest = max(largest, float(full.abs().max()))
            span = sweep.scale.donor - sweep.scale.base
            ours = sweep.scale.base + span * float(sweep.values[layer, head])
            assert abs(ours - float(full[0, 2])) <= 2e-6 * largest


def test_equals_full_runs_with_rotary_positions():
    torch.manual_seed(0)
    module = Eva(
        img_size=32,
        patch_size=8,
        embed_dim=32,
        depth=2,
        num_heads=4,
        num_classes=5,
        use_rot_pos_emb=True,
        global_pool="token",
    )
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter.data, std=0.4)
    model = HookedViT(module.eval().double())
    images = pixels(model.grid, 2).double()
    base, donor = (model.run_with_cache(image[None])[1] for image in images)
    for over in ("heads", "resid_mid", "mlp_out"):
        metric = Metric("logit", 1)
        sweep = activation_patching(model, base, donor, over=over, metric=metric).run()
        for layer in range(2):
            site = f"blocks.{layer}.{SUFFIXES[over]}"
            for unit, place in enumerate(places(over, base[site])):
                value = replaced(base[site], donor[site], place)
                logits = model.run_with_hooks(
                    base.source.images, [(site, lambda x, hook, v=value: v)]
                )
                wanted = sweep.scale.share(logits.detach()[0, 1])
                assert float(sweep.values[layer, unit]) == pytest.approx(
                    float(wanted), abs=1e-9
                )


def test_own_value_changes_nothing_bit_for_bit():
    model = hooked_vit(GRIDS["square, cls"])
    image = pixels(model.grid, 1)
    changed = image.clone()
    changed[:, :, :8, :8] += 3  # the first patch, token 1
    base, donor = (model.run_with_cache(x)[1] for x in (image, changed))
    sweep = activation_patching(
        model,
        base,
        donor,
        over="resid_pre",
        metric=Metric("logit", 2),
        batch_size=1,
    ).run()
    alike = [token for token in range(17) if token != 1]
    assert (sweep.values[0, alike] == 0).all()
    assert sweep.values[0, 1] == pytest.approx(1, abs=1e-5)  # all that differs


@pytest.mark.parametrize(("direction", "all_of_it"), [("denoising", 1), ("noising", 0)])
def test_the_class_token_at_the_end_is_everything(direction, all_of_it):
    model = hooked_vit(GRIDS["oblong, five"])
    runs = two_runs(model)
    sweep = activation_patching(
        model, *runs, over="resid_post", direction=direction
    ).run()
    assert sweep.values[-1, 0] == pytest.approx(all_of_it, abs=1e-5)
    # Nobody reads the other tokens any more.
    others = sweep.values[-1, 1:]
    assert others.tolist() == pytest.approx([sweep.untouched] * len(others), abs=1e-5)


def test_last_heads_of_tokens_that_nobody_reads_change_nothing():
    model = hooked_vit(GRIDS["square, cls"])
    sweep = activation_patching(model, *two_runs(model), over="z", layer=2).run()
    unread = sweep.values[:, 1:]
    torch.testing.assert_close(unread, torch.zeros_like(unread), rtol=0, atol=1e-5)
    assert sweep.values[:, 0].abs().max() > 1e-2


def test_strongest_by_preview_come_first():
    model = hooked_vit(GRIDS["square, cls"])
    sweep = activation_patching(model, *two_runs(model), over="heads", batch_size=2)
    order = sweep.preview.order()
    found = [unit for part in sweep for unit in part.units]
    assert sorted(found) == list(range(12))
    assert found[0] == order[0]
    assert sorted(found[:3]) == sorted(order[:3])


def test_parts_are_what_the_grid_holds():
    model = hooked_vit(GRIDS["square, cls"])
    sweep = activation_patching(model, *two_runs(model), over="heads")
    assert sweep.remaining_seconds is None
    done = 0
    for part in sweep:
        done += len(part.units)
        grid = sweep.values.flatten()
        assert torch.equal(grid[list(part.units)], part.values)
        assert (~grid.isnan()).sum() == done == sweep.done
        assert len({sweep.units.layer(unit) for unit in part.units}) == 1
    assert (sweep.done, sweep.total, sweep.remaining_seconds) == (12, 12, 0)


def test_top_runs_only_the_strongest():
    model = hooked_vit(GRIDS["square, cls"])
    sweep = activation_patching(
        model, *two_runs(model), over="neurons", layer=1, top=5
    ).run()
    known = (~sweep.values.isnan()).nonzero().flatten().tolist()
    assert sweep.total == sweep.done == 5
    assert sorted(sweep.preview.order()[:5]) == known


def attached(module):
    """Name what hangs on a module's parts."""
    return [
        name
        for name, part in module.named_modules()
        if part._forward_hooks or part._forward_pre_hooks or "forward" in vars(part)
    ]


def test_cancelled_in_the_middle_the_model_is_clean():
    model = hooked_vit(GRIDS["square, cls"])
    image = pixels(model.grid, 1)
    before, threads = model.module(image), threading.active_count()
    sweep = activation_patching(model, *two_runs(model), over="resid_mid")
    calls = []

    def stop(told):
        calls.append(told.done)
        if len(calls) == 2:
            told.cancel()

    assert sweep.run(stop) is sweep
    assert sweep.cancelled
    assert len(calls) == 2
    assert 0 < sweep.done == (~sweep.values.isnan()).sum() < sweep.total
    assert list(sweep) == []
    assert attached(model.module) == []
    assert threading.active_count() == threads
    assert torch.equal(model.module(image), before)


class StoppedError(Exception):
    pass


def test_an_error_in_the_middle_loses_nothing():
    model = hooked_vit(GRIDS["square, cls"])
    runs = two_runs(model)
    fails = []

    def metric(logits, base):
        if fails:
            raise StoppedError
        return logits[:, 1] ** 2

    sweep = activation_patching(model, *runs, over="heads", metric=metric)
    next(iter(sweep))
    kept, done = sweep.values, sweep.done
    fails.append(True)
    with pytest.raises(StoppedError):
        sweep.run()
    assert torch.equal(sweep.values.nan_to_num(7), kept.nan_to_num(7))
    assert sweep.done == done
    assert attached(model.module) == []
    fails.clear()
    whole = activation_patching(model, *runs, over="heads", metric=metric).run()
    assert torch.equal(sweep.run().values, whole.values)


def test_units_have_addresses():
    model = hooked_vit(GRIDS["square, cls"])
    runs = two_runs(model)
    wanted = {
        ("heads", None, 7): "L1.H3",
        ("resid_mid", None, 17 + 1): "L1.resid_mid@(0,0)",
        ("mlp_out", None, 0): "L0.MLP@cls",
        ("q", 2, 17 + 16): "L2.H1.q@(3,3)",
        ("z", 0, 0): "L0.H0@cls",
        ("neurons", 1, 100): "L1.MLP.n100",
    }
    for (over, layer, unit), text in wanted.items():
        sweep = activation_patching(model, *runs, over=over, layer=layer)
        assert str(sweep.units.address(unit, model.grid)) == text


@pytest.mark.parametrize(
    ("over", "layer"), [("heads", None), ("k", 1), ("mlp_out", None)]
)
def test_runs_that_kept_only_what_is_needed(over, layer):
    model = hooked_vit(GRIDS["square, cls"])
    names = patching_sites(model, over, layer)
    base, donor = (model.run_with_cache(x, names)[1] for x in two_images(model))
    few = activation_patching(model, base, donor, over=over, layer=layer).run()
    whole = activation_patching(model, *two_runs(model), over=over, layer=layer).run()
    assert torch.equal(few.values, whole.values)


def test_rows_that_nobody_reads_are_left_out():
    model = hooked_vit(GRIDS["square, cls"])
    runs = two_runs(model)
    rows = set()
    handle = model.module.blocks[-1].mlp.fc1.register_forward_pre_hook(
        lambda _, args: rows.add(args[0].shape[1])
    )
    try:
        for size, wanted in ((2, {1}), (1, {17})):
            sweep = activation_patching(model, *runs, over="heads", batch_size=size)
            rows.clear()
            sweep.run()
            assert rows == wanted
        # Whoever pools all tokens, or watches them, gets them all.
        sweep = activation_patching(model, *runs, over="heads")
        rows.clear()
        with model.hooks([("blocks.2.hook_mlp_out", lambda x, hook: None)]):
            sweep.run()
        assert rows == {17}
    finally:
        handle.remove()
