"""The preview of patching, where it has to be right and how it goes wrong."""

from __future__ import annotations

import math

import pytest
import torch

from tests.unit.methods.patching_runs import LAYERED, OF_ONE_LAYER, double_vit, two_runs
from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels
from vitwidgets.methods.activation_patching import activation_patching
from vitwidgets.methods.attribution_patching import (
    attribution_patching,
    rank_correlation,
)
from vitwidgets.methods.patching.metrics import Metric


@pytest.mark.parametrize("direction", ["denoising", "noising"])
@pytest.mark.parametrize("over", [*LAYERED, *OF_ONE_LAYER])
def test_error_falls_by_four_when_the_difference_is_halved(over, direction):
    model = double_vit("square, cls")
    image, step = pixels(model.grid, 2).double()
    layer = None if over in LAYERED else 1

    def error(size):
        base, donor = (
            model.run_with_cache(x[None])[1] for x in (image, image + size * step)
        )
        given = {"over": over, "layer": layer, "metric": Metric("logit", 2)}
        given["direction"] = direction
        preview = attribution_patching(model, base, donor, **given)
        exact = activation_patching(model, base, donor, **given).run()
        span = exact.scale.donor - exact.scale.base
        return float(((preview.values - exact.values) * span).norm())

    assert error(2e-3) / error(1e-3) == pytest.approx(4, rel=0.1)


@pytest.mark.parametrize("direction", ["denoising", "noising"])
def test_exact_where_the_logit_is_linear_in_the_site(direction):
    model = double_vit("square, cls", final_norm=False)
    runs = two_runs(model)
    for over in ("mlp_out", "resid_post"):
        given = {"over": over, "direction": direction}
        preview = attribution_patching(model, *runs, **given)
        exact = activation_patching(model, *runs, **given).run()
        torch.testing.assert_close(
            preview.values[-1], exact.values[-1], rtol=0, atol=1e-10
        )
        assert (preview.values[-1] - exact.untouched).abs().max() > 1e-3


def test_is_labelled_and_of_the_same_grid():
    model = hooked_vit(GRIDS["oblong, five"])
    runs = two_runs(model)
    preview = attribution_patching(model, *runs, over="attn_out")
    exact = activation_patching(model, *runs, over="attn_out")
    assert "approximation" in preview.label
    assert preview.values.shape == exact.values.shape
    assert torch.equal(preview.values, exact.preview.values)
    assert preview.scale == exact.scale
    assert not preview.values.requires_grad  # no graph is held


def test_order_is_by_the_size_of_the_change():
    model = hooked_vit(GRIDS["square, cls"])
    preview = attribution_patching(
        model, *two_runs(model), over="heads", direction="noising"
    )
    change = (preview.values.flatten() - 1).abs()
    ordered = change[preview.order()]
    assert (ordered.diff() <= 0).all()
    assert sorted(preview.order()) == list(range(12))


def test_the_divergence_has_no_preview_where_it_is_least():
    model = hooked_vit(GRIDS["square, cls"])
    runs = two_runs(model)
    with pytest.raises(ValueError, match="least at the base itself"):
        attribution_patching(model, *runs, over="heads", metric="kl")
    exact = activation_patching(model, *runs, over="heads", metric="kl").run()
    assert exact.preview.metric.kind == "logit"
    assert (exact.values >= 0).all()
    noising = attribution_patching(
        model, *runs, over="heads", metric="kl", direction="noising"
    )
    assert (noising.values != 1).all()


def counted_ranks(values):
    """Count, for each value, those below it, and half of those beside it."""
    each = values[:, None]
    return (each > values).double().sum(1) + (each == values).double().sum(1) / 2


def test_rank_correlation():
    generator = torch.Generator().manual_seed(0)
    ours = torch.randint(0, 8, (6, 7), generator=generator).double()
    theirs = ours + torch.randint(0, 8, (6, 7), generator=generator)
    theirs[0, :3] = math.nan
    known = ~theirs.isnan()
    ranks = torch.stack([counted_ranks(x[known]) for x in (ours, theirs)])
    wanted = float(torch.corrcoef(ranks)[0, 1])
    assert rank_correlation(ours, theirs) == pytest.approx(wanted)
    assert rank_correlation(ours, -ours) == pytest.approx(-1)
    assert rank_correlation(ours, ours.exp()) == pytest.approx(1)


def test_rank_correlation_of_too_little():
    assert math.isnan(rank_correlation(torch.ones(3), torch.arange(3.0)))
    assert math.isnan(rank_correlation(torch.ones(3), torch.full((3,), math.nan)))
    with pytest.raises(ValueError, match=r"\(3,\) and \(4,\)"):
        rank_correlation(torch.ones(3), torch.ones(4))
