"""What no sweep can be made of, and what is said then."""

from __future__ import annotations

import pytest
import torch

from tests.unit.methods.patching_runs import two_images, two_runs
from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels
from vitwidgets.methods.activation_patching import activation_patching
from vitwidgets.methods.attribution_patching import attribution_patching
from vitwidgets.methods.patching.metrics import Metric
from vitwidgets.models.errors import StaleCacheError, UnknownSiteError

BOTH = pytest.mark.parametrize("method", [activation_patching, attribution_patching])


@pytest.fixture(name="model", scope="module")
def _model():
    return hooked_vit(GRIDS["square, cls"])


@pytest.fixture(name="runs")
def _runs(model):
    return two_runs(model)


REFUSED = {
    "sweep": ({"over": "head"}, ValueError, "over must be one of 'heads'"),
    "direction": ({"direction": "forwards"}, ValueError, "'denoising' or 'noising'"),
    "layer for all": ({"layer": 1}, ValueError, "leave out layer=1"),
    "layer missing": ({"over": "q"}, ValueError, "say which, as in layer=3"),
    "no such layer": ({"over": "q", "layer": 3}, IndexError, "no block 3"),
    "metric": ({"metric": "loss"}, ValueError, "got 'loss'"),
    "no metric": ({"metric": 3}, TypeError, "a name, a Metric or a function"),
    "no such class": ({"metric": Metric("logit", 6)}, IndexError, "no class 6"),
    "a number": ({"metric": lambda a, b: 3.0}, TypeError, "returned a float"),
    "one for all": ({"metric": lambda a, b: a.sum()}, ValueError, "for 2 variants"),
    "one argument": ({"metric": lambda a: a[:, 0]}, TypeError, "base_logits"),
    "infinite": ({"metric": lambda a, b: a[:, 0] / 0}, ValueError, "to be numbers"),
    "no difference": (
        {"metric": lambda a, b: a[:, 0] * 0 + 5},
        ValueError,
        "so small a difference",
    ),
}


@BOTH
@pytest.mark.parametrize("why", REFUSED)
def test_requests(model, runs, method, why):
    given, error, message = REFUSED[why]
    with pytest.raises(error, match=message):
        method(model, *runs, **{"over": "heads", **given})


@pytest.mark.parametrize("name", ["top", "batch_size"])
def test_counts(model, runs, name):
    with pytest.raises(ValueError, match=f"{name} must be 1 at least, got 0"):
        activation_patching(model, *runs, over="heads", **{name: 0})


@BOTH
def test_same_image(model, runs, method):
    with pytest.raises(ValueError, match="predict the same class"):
        method(model, runs[0], runs[0], over="heads")
    with pytest.raises(ValueError, match="so small a difference"):
        method(model, runs[0], runs[0], over="heads", metric=Metric("logit", 1))
    # A divergence of nothing from itself, too.
    with pytest.raises(ValueError, match="so small a difference"):
        method(model, runs[0], runs[0], over="heads", metric="kl")


@BOTH
def test_no_cache(model, runs, method):
    with pytest.raises(TypeError, match="donor must be a run that run_with_cache kept"):
        method(model, runs[0], two_images(model)[1], over="heads")


@BOTH
def test_several_images(model, runs, method):
    _, many = model.run_with_cache(pixels(model.grid, 2))
    with pytest.raises(ValueError, match=r"donor is a run of 2 images.*images\(0\)"):
        method(model, runs[0], many, over="heads")


@BOTH
def test_run_with_hooks(model, runs, method):
    with model.hooks([("blocks.1.hook_mlp_out", lambda x, hook: x * 2)]):
        _, edited = model.run_with_cache(two_images(model)[1])
    with pytest.raises(ValueError, match=r"hooks on 'blocks.1.hook_mlp_out'"):
        method(model, runs[0], edited, over="heads")


@BOTH
def test_another_model(model, runs, method):
    other = hooked_vit(GRIDS["square, cls"])
    theirs = two_runs(other)
    with pytest.raises(ValueError, match="make both with run_with_cache of one"):
        method(model, runs[0], theirs[1], over="heads")
    with pytest.raises(ValueError, match="the cache is another model's"):
        method(model, *theirs, over="heads")


@BOTH
def test_another_size(method):
    model = hooked_vit(GRIDS["square, cls"], dynamic_img_size=True)
    _, small = model.run_with_cache(pixels(model.grid, 1))
    _, large = model.run_with_cache(torch.randn(1, 3, 40, 32))
    with pytest.raises(ValueError, match="Bring both images to one size"):
        method(model, small, large, over="heads")


@BOTH
def test_not_kept(model, runs, method):
    _, few = model.run_with_cache(two_images(model)[1], "blocks.*.hook_resid_pre")
    with pytest.raises(UnknownSiteError, match=r"donor did not keep.*patching_sites"):
        method(model, runs[0], few, over="heads")


def test_weights_changed_during_a_sweep():
    model = hooked_vit(GRIDS["square, cls"])
    sweep = activation_patching(model, *two_runs(model), over="heads")
    next(iter(sweep))
    with torch.no_grad():
        model.module.head.weight.mul_(2)
    with pytest.raises(StaleCacheError, match="weights were changed"):
        sweep.run()


METRICS = {
    "needs target": (("logit",), "needs target"),
    "needs versus": (("difference", 1), "needs versus"),
    "takes no versus": (("probability", 1, 2), "takes no versus: 2"),
    "takes no target": (("kl", 1), "takes no target: 1"),
    "twice": (("difference", 1, 1), "both class 1"),
}


@pytest.mark.parametrize("why", METRICS)
def test_metrics(why):
    given, message = METRICS[why]
    with pytest.raises(ValueError, match=message):
        Metric(*given)
