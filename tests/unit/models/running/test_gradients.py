"""The gradient at a site is what a small change there does to the metric."""

from __future__ import annotations

import functools
import gc
import weakref

import pytest
import torch
from torch.testing import assert_close

from tests.parity import entries, reference
from tests.parity.variants import VARIANTS, about, build, images
from tests.unit.models.traces import traces
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import (
    CacheBudgetError,
    ModelStateError,
    StaleCacheError,
    UnknownSiteError,
)

SITE = "blocks.1.attn.hook_z"


def metric(logits):
    """A number that each logit changes otherwise."""
    each = logits.flatten(1)
    weights = torch.linspace(-1, 2, each.shape[1], dtype=each.dtype)
    return (each.sin() * weights).sum() + each.square().mean()


def third(logits):
    return logits[:, 3].sum()


@functools.cache
def entry(name, dtype=torch.float32):
    return HookedViT(entries.build(name, dtype))


def plainly(model, x):
    with torch.enable_grad():
        out = model.module(x)
    return out[0] if isinstance(out, tuple) else out


def graph_of_reference(module, x, sites):
    """Values of sites in a plain implementation, nothing fused, and a number."""
    values = {}

    def node(site, value):
        value = value * 1 if value.requires_grad else value.detach().requires_grad_()
        values[site] = value
        return value

    edits = {site: functools.partial(node, site) for site in sites}
    return values, metric(reference.forward(module, x, edits)["hook_logits"])


@pytest.mark.parametrize("name", VARIANTS)
def test_every_site_has_the_gradient_of_a_plain_implementation(name):
    module = build(name, torch.float64)
    model, x = HookedViT(module), images(module, dtype=torch.float64)
    _, cache = model.run_with_cache(x, gradients_of=metric)
    values, number = graph_of_reference(module, x, model.sites)
    expected = torch.autograd.grad(number, [values[site] for site in model.sites])
    assert list(cache.gradients) == list(model.sites)
    for site, right in zip(model.sites, expected, strict=True):
        assert right.abs().max() > 1e-9, site
        got = cache.gradients[site]
        assert_close(got, right, rtol=1e-9, atol=1e-12, msg=about(site))
        assert got.shape == cache[site].shape


@pytest.mark.parametrize("name", entries.ENTRIES)
def test_families_have_the_gradients_of_finite_differences(name, monkeypatch):
    # Some norms compute in float32 always, which rounds too much for a small step.
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    model = entry(name, torch.float64)
    x = entries.inputs(name, 1, dtype=torch.float64)
    _, cache = model.run_with_cache(x, gradients_of=metric)
    generator = torch.Generator().manual_seed(0)
    # Gemma norms what its attention adds, which is so little here that it is curved.
    step, tolerance = (1e-7, 1e-5) if "gemma" in name else (1e-5, 1e-6)
    last = model.config.n_layers - 1
    with torch.no_grad():
        for site in model.sites:
            if site.startswith("blocks.") and not site.startswith(f"blocks.{last}."):
                continue
            gradient = cache.gradients[site]
            way = torch.randn(gradient.shape, generator=generator).to(gradient)

            def moved(by, way=way, site=site):
                hook = (site, lambda value, hook: value + by * way)
                return metric(model.run_with_hooks(x, [hook]))

            slope = (moved(step) - moved(-step)) / (2 * step)
            error = (gradient * way).sum() - slope
            assert gradient.any(), site
            assert abs(error) <= tolerance * gradient.norm() + 1e-8, site


@pytest.mark.parametrize("name", entries.ENTRIES)
def test_families_keep_their_logits_and_values(name):
    model, x = entry(name), entries.inputs(name, 2)
    logits, cache = model.run_with_cache(x, gradients_of=metric)
    assert torch.equal(logits, plainly(model, x))
    with torch.enable_grad():
        _, plain = model.run_with_cache(x)
    assert list(cache) == list(plain) == list(model.sites)
    for site in plain:
        assert torch.equal(cache[site], plain[site]), site
        assert not cache[site].requires_grad


FROZEN = ["vit_tiny_patch16_224", "beit_base_patch16_224", "cait_xxs24_224"]
FROZEN += [
    "vit_relpos_small_patch16_224",
    "text of ViT-B-32",
    "naflexvit_base_patch16_gap",
]


@pytest.mark.parametrize("name", FROZEN)
def test_models_without_trainable_weights_have_the_same_gradients(name):
    _, cache = entry(name).run_with_cache(entries.inputs(name, 2), gradients_of=metric)
    model, x = HookedViT(entries.build(name)), entries.inputs(name, 2)
    model.module.requires_grad_(False)
    logits, frozen = model.run_with_cache(x, gradients_of=metric)
    assert torch.equal(logits, plainly(model, x))
    for site in model.sites:
        assert_close(
            frozen.gradients[site], cache.gradients[site], rtol=1e-4, atol=1e-5
        )
    # Wherever the graph begins, it is the same gradient.
    _, alone = model.run_with_cache(x, SITE, gradients_of=metric)
    assert list(alone.gradients) == [SITE]
    assert_close(alone.gradients[SITE], frozen.gradients[SITE], rtol=1e-4, atol=1e-5)


def test_native_attention_is_left_as_it_is_by_any_gradient():
    model, x = HookedViT(entries.build("ViT-B-32")), entries.inputs("ViT-B-32", 2)
    model.module.requires_grad_(False)
    logits, _ = model.run_with_cache(x, gradients_of=metric)
    native, stepwise = plainly(model, x), plainly(model, x.clone().requires_grad_())
    assert torch.equal(logits, stepwise)
    assert (logits - native).abs().max() <= 2e-6 * native.abs().max()


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.bfloat16, 0.2), (torch.float16, 0.03)]
)
def test_half_precision(dtype, tolerance):
    module = build("inner norms", dtype)
    model, x = HookedViT(module), images(module, dtype=dtype)
    logits, cache = model.run_with_cache(x, gradients_of=third)
    assert torch.equal(logits, plainly(model, x))
    exact = HookedViT(build("inner norms").to(dtype).double())
    _, right = exact.run_with_cache(x.double(), gradients_of=third)
    for site in model.sites:
        got, expected = cache.gradients[site], right.gradients[site]
        assert got.dtype == cache[site].dtype
        error = (got.double() - expected).norm() / expected.norm()
        assert error < tolerance, site


def test_under_autocast(model, x):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits, cache = model.run_with_cache(x, gradients_of=third)
        assert torch.equal(logits, plainly(model, x))
    assert cache.gradients[SITE].dtype == cache[SITE].dtype == torch.bfloat16


def test_each_image_of_a_batch_has_its_own_gradient(model, x):
    _, both = model.run_with_cache(x, gradients_of=third)
    for index in range(2):
        _, one = model.run_with_cache(x[[index]], gradients_of=third)
        for site in (SITE, "blocks.0.attn.hook_pattern", "hook_embed"):
            part = both.gradients[site][[index]]
            assert_close(part, one.gradients[site], rtol=1e-4, atol=1e-6)


def test_gradients_of_a_run_with_hooks_are_those_of_that_run():
    model = HookedViT(build("registers", torch.float64))
    x = images(model.module, dtype=torch.float64)

    def halved(z, hook):
        return z * torch.tensor([0.5, 1.0, 0.0, 2.0], dtype=z.dtype)[:, None]

    def flat(pattern, hook):
        return torch.full_like(pattern, 1 / pattern.shape[-1])

    hooks = [(SITE, halved), ("blocks.2.attn.hook_pattern", flat)]
    with model.hooks(hooks):
        logits, cache = model.run_with_cache(x, gradients_of=metric)
    edits = {site: functools.partial(hook, hook=None) for site, hook in hooks}
    expected = reference.forward(model.module, x, edits)["hook_logits"]
    assert_close(logits, expected)
    way = torch.randn(2, 19, 4, 8, generator=torch.Generator().manual_seed(0)).double()
    for site in ("blocks.0.attn.hook_v", "blocks.1.attn.hook_rot_q", SITE):

        def moved(by, site=site):
            nudge = [(site, lambda value, hook: value + by * way)]
            with model.hooks(hooks):
                return metric(model.run_with_hooks(x, nudge))

        slope = (moved(1e-5) - moved(-1e-5)) / 2e-5
        assert_close((cache.gradients[site] * way).sum(), slope, rtol=1e-6, atol=1e-8)
    # What the hook has put aside has no effect any more.
    assert not cache.gradients["blocks.2.attn.hook_q"].any()
    assert not cache.gradients["blocks.2.attn.hook_attn_scores"].any()
    assert cache.gradients["blocks.2.attn.hook_v"].any()


@pytest.mark.parametrize("grad", [True, False])
def test_weights_modes_and_hooks_stay_and_no_graph_is_kept(model, x, grad):
    seen = []

    def watched(logits):
        seen.append(weakref.ref(logits))
        return third(logits)

    before = traces(model.module)
    with torch.set_grad_enabled(grad):
        logits, cache = model.run_with_cache(x, gradients_of=watched)
        assert torch.is_grad_enabled() is grad
        tensors = [logits, *cache.values(), *cache.gradients.values()]
    assert not any(tensor.requires_grad for tensor in tensors)
    assert all(parameter.grad is None for parameter in model.module.parameters())
    assert traces(model.module) == before
    gc.collect()
    assert seen[0]() is None
    assert model.receipt.hooks == ()


def test_only_what_was_asked_for_is_kept(model, x):
    sites = ["blocks.0.attn.hook_pattern", "hook_pooled"]
    _, cache = model.run_with_cache(x, sites, gradients_of=third)
    assert list(cache.gradients) == sites
    assert len(cache.gradients) == 2
    assert all(site in cache for site in sites)
    with pytest.raises(UnknownSiteError, match=r"blocks.1.attn.hook_z.*names_filter"):
        _ = cache.gradients[SITE]
    assert SITE not in cache.gradients


def test_gradients_follow_the_cache(model, x):
    _, cache = model.run_with_cache(x, [SITE], gradients_of=third)
    gradient = cache.gradients[SITE]
    assert torch.equal(cache.images(1).gradients[SITE], gradient[1:])
    assert torch.equal(cache.to("cpu").gradients[SITE], gradient)
    _, alone = model.run_with_cache(x, [SITE])
    assert cache.nbytes == alone.nbytes + gradient.untyped_storage().nbytes()


def test_gradients_count_in_the_budget(model, x):
    _, cache = model.run_with_cache(x, gradients_of=third)
    _, alone = model.run_with_cache(x)
    assert cache.nbytes > 2 * alone.nbytes
    with pytest.raises(CacheBudgetError):
        model.run_with_cache(x, budget=2 * alone.nbytes, gradients_of=third)
    model.run_with_cache(x, budget=2 * alone.nbytes)


def test_a_gradient_that_was_changed_is_an_error(model, x):
    _, cache = model.run_with_cache(x, [SITE], gradients_of=third)
    cache.gradients[SITE].add_(1)
    with pytest.raises(
        StaleCacheError, match=r"gradient at 'blocks.1.attn.hook_z' was"
    ):
        _ = cache.gradients[SITE]


def test_a_run_without_gradients_says_so(model, x):
    _, cache = model.run_with_cache(x)
    with pytest.raises(UnknownSiteError, match=r"kept no gradients.*gradients_of"):
        _ = cache.gradients


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (3, TypeError, "a function that takes the logits.*got 3"),
        (lambda y: y.sum().item(), TypeError, "returned a float: return a tensor"),
        (lambda y: y[:, 3], ValueError, r"shape \(2,\), a single number"),
        (lambda y: y.sum().detach(), ValueError, "does not depend on the logits"),
        (lambda y: y.argmax(), ValueError, "does not depend on the logits"),
        (
            lambda y: torch.ones((), requires_grad=True) * 2,
            ValueError,
            "does not depend on the logits",
        ),
        (lambda y: y.sum() * torch.nan, ValueError, "returned nan"),
        (lambda y: y.sum() * torch.inf, ValueError, "returned -?inf"),
        (lambda y: (y - y.detach()).abs().sum().sqrt(), ValueError, "NaN or infinite"),
        (lambda y: y[:, 99].sum(), IndexError, "out of bounds"),
    ],
)
def test_a_metric_that_is_none(model, x, wrong, error, message):
    before, plain = traces(model.module), model.module(x)
    with pytest.raises(error, match=message):
        model.run_with_cache(x, gradients_of=wrong)
    assert traces(model.module) == before
    assert torch.equal(model.module(x), plain)


def test_inference_mode_is_refused(model, x):
    with torch.inference_mode():
        with pytest.raises(ModelStateError, match=r"torch.no_grad instead"):
            model.run_with_cache(x, gradients_of=third)
        made_inside = x.clone()
        module = build("plain")
    with pytest.raises(ModelStateError, match="images were made in inference mode"):
        model.run_with_cache(made_inside, gradients_of=third)
    with pytest.raises(ModelStateError, match="weights were made in inference mode"):
        HookedViT(module).run_with_cache(x, gradients_of=third)


def test_gradient_checkpointing_is_refused(model, x):
    model.module.set_grad_checkpointing()
    with pytest.raises(ModelStateError, match="checkpointing"):
        model.run_with_cache(x, gradients_of=third)


@pytest.mark.parametrize("metric", [lambda: 0, lambda logits, target: logits.sum()])
def test_a_metric_takes_the_logits_alone(model, x, metric):
    before = traces(model.module)
    with pytest.raises(TypeError, match=r"gradients_of has the parameters \(.*alone"):
        model.run_with_cache(x, gradients_of=metric)
    assert traces(model.module) == before
