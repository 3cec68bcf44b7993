from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from tests.parity.variants import build, images
from vitwidgets.models import ActivationCache, HookedViT
from vitwidgets.models.errors import StaleCacheError, UnknownSiteError


@pytest.fixture(name="model")
def _model():
    with torch.no_grad():
        yield HookedViT(build("inner norms"))


@pytest.fixture(name="cache")
def _cache(model, x):
    return model.run_with_cache(x)[1]


def test_it_is_a_mapping_in_the_order_of_the_forward_pass(model, cache):
    assert isinstance(cache, ActivationCache)
    assert list(cache) == list(model.sites)
    assert len(cache) == len(model.sites)
    assert "blocks.2.attn.hook_pattern" in cache
    assert "blocks.3.attn.hook_pattern" not in cache
    assert 7 not in cache
    assert dict(cache.items()).keys() == set(model.sites)


def test_a_filter_keeps_what_it_names_and_what_follows_from_it(model, x):
    _, cache = model.run_with_cache(x, "blocks.1.attn.hook_pattern")
    names = ("q", "k", "rot_q", "rot_k", "attn_scores", "pattern")
    assert list(cache) == [f"blocks.1.attn.hook_{name}" for name in names]
    with pytest.raises(
        UnknownSiteError, match=r"not kept by this run \(6 sites were\)"
    ):
        cache["blocks.1.hook_resid_pre"]
    with pytest.raises(UnknownSiteError, match="not kept"):
        cache.pattern(0)
    with pytest.raises(UnknownSiteError, match="did you mean"):
        cache["blocks.1.attn.hook_patern"]


@pytest.mark.parametrize("edited", [None, "pattern", "attn_scores", "rot_q"])
def test_parts_of_a_pattern_are_those_of_the_whole(model, x, edited):
    def double(value, hook):
        return value * 2

    if edited:
        with model.hooks([(f"blocks.1.attn.hook_{edited}", double)]):
            _, cache = model.run_with_cache(x)
    else:
        _, cache = model.run_with_cache(x)
    whole = cache["blocks.1.attn.hook_pattern"]
    assert torch.equal(cache.pattern(1), whole)
    for head in range(4):
        assert_close(cache.pattern(1, head), whole[:, head])
        for query in (0, 16):
            assert cache.pattern(1, head, query).shape == (2, 17)
            assert_close(cache.pattern(1, head, query), whole[:, head, query])
    assert_close(cache.pattern(1, query=5), whole[:, :, 5])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3,), "no layer 3: it runs from 0 to 2"),
        ((-1,), "no layer -1"),
        ((0, 4), "no head 4: it runs from 0 to 3"),
        ((0, 0, 17), "no query 17: it runs from 0 to 16"),
        ((0, None, -1), "no query -1"),
    ],
)
def test_parts_that_do_not_exist_name_the_range(cache, arguments, message):
    with pytest.raises(IndexError, match=message):
        cache.pattern(*arguments)


def test_one_row_of_a_pattern_needs_no_square_matrix(cache):
    seen = []

    class Shapes(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            out = func(*args, **(kwargs or {}))
            if isinstance(out, torch.Tensor):
                seen.append(tuple(out.shape))
            return out

    with Shapes():
        cache.pattern(1, head=2, query=3)
    assert seen
    assert not [shape for shape in seen if shape[-2:] == (17, 17)]


def test_tensors_are_held_by_reference(model, x):
    given = {}

    def keep(value, hook):
        given[hook.name] = value

    with model.hooks([("blocks.1.hook_attn_out", keep)]):
        _, cache = model.run_with_cache(x)
    assert cache["blocks.1.hook_attn_out"] is given["blocks.1.hook_attn_out"]


@pytest.mark.parametrize(
    ("changed", "derived"),
    [
        ("blocks.1.hook_resid_pre", "blocks.1.ln1.hook_normalized"),
        ("blocks.1.hook_attn_out", "blocks.1.hook_resid_mid"),
        ("blocks.1.attn.hook_q", "blocks.1.attn.hook_pattern"),
        ("blocks.1.attn.hook_v", "blocks.1.attn.hook_pattern"),
        ("blocks.1.mlp.hook_pre", "blocks.1.mlp.hook_post"),
    ],
)
def test_a_tensor_changed_in_place_is_an_error_at_reading(cache, changed, derived):
    cache[changed].add_(1)
    for name in (changed, derived):
        # q, k and v are views of one tensor, so the message may name a neighbour.
        with pytest.raises(StaleCacheError, match=rf"'{changed[:-1]}.' was changed in"):
            cache[name]
    if derived.endswith("pattern"):
        with pytest.raises(StaleCacheError):
            cache.pattern(1, 0, 0)
    assert cache["blocks.0.hook_mlp_out"].isfinite().all()


@pytest.mark.parametrize(
    ("weight", "derived"),
    [
        ("blocks.1.norm1.weight", "blocks.1.ln1.hook_ln_out"),
        ("blocks.1.norm2.bias", "blocks.1.ln2.hook_ln_out"),
        ("blocks.1.attn.proj.weight", "blocks.1.attn.hook_result"),
        ("blocks.1.mlp.norm.weight", "blocks.1.mlp.hook_post"),
        ("norm.weight", "ln_final.hook_ln_out"),
    ],
)
@pytest.mark.parametrize("how", ["in place", "new memory"])
def test_weights_changed_after_the_run_are_an_error_too(
    model, cache, weight, derived, how
):
    parameter = model.module.get_parameter(weight)
    if how == "in place":
        parameter.mul_(2)
    else:
        parameter.data = parameter.data * 2
    with pytest.raises(StaleCacheError, match=weight.rpartition(".")[2]):
        cache[derived]
    assert cache["hook_logits"].shape == (2, 10)


def test_under_inference_mode_entries_are_the_readers_own(model, x):
    _, right = model.run_with_cache(x)
    with torch.inference_mode():
        logits, cache = model.run_with_cache(x)
        cache["blocks.1.hook_resid_pre"].zero_()
        logits.zero_()
        for site in model.sites:
            assert_close(cache[site], right[site], rtol=1e-6, atol=1e-6)
    for site in model.sites:
        assert_close(cache[site], right[site], rtol=1e-6, atol=1e-6)


def test_a_run_without_a_graph_is_read_without_one(model, x):
    for parameter in model.module.parameters():
        parameter.requires_grad_()
    _, cache = model.run_with_cache(x)
    with torch.enable_grad():
        assert not any(cache[site].requires_grad for site in model.sites)
        assert not cache.pattern(1, 2).requires_grad
        _, graph = model.run_with_cache(x)
        assert graph["blocks.2.attn.hook_pattern"].requires_grad
        assert graph["blocks.2.hook_resid_mid"].requires_grad
    assert not graph["blocks.2.attn.hook_pattern"].requires_grad


@pytest.mark.parametrize("name", ["plain", "qk norm", "inner norms"])
def test_a_run_under_autocast_is_read_as_it_was(name):
    model = HookedViT(build(name))
    x = images(model.module)
    kept = {}
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        _, cache = model.run_with_cache(x)
        model.run_with_hooks(
            x, [("*", lambda value, hook: kept.update({hook.name: value}))]
        )
    for site, value in kept.items():
        assert cache[site].dtype == value.dtype, site
        assert_close(cache[site], value, rtol=0, atol=0, msg=site)


def test_reading_inside_a_block_runs_no_hooks(model, x):
    calls = []
    with model.hooks([("blocks.*.ln1.hook_ln_out", lambda v, h: calls.append(h.name))]):
        _, cache = model.run_with_cache(x)
        before = len(calls)
        for site in model.sites:
            cache[site]
    assert len(calls) == before == 3


def test_its_repr_says_what_it_holds(cache):
    assert repr(cache).startswith("ActivationCache of VisionTransformer: 77 sites")
    assert "MB held" in repr(cache)


def test_a_name_that_is_no_text_is_an_error_that_shows_one():
    model = HookedViT(build("plain"))
    _, cache = model.run_with_cache(images(model.module), "hook_logits")
    with pytest.raises(TypeError, match=r"name of a site.*got \('pattern', 1\)"):
        cache["pattern", 1]
