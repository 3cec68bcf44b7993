"""Moving caches. Without a GPU, torch's "meta" device stands for the other one."""

from __future__ import annotations

import dataclasses
import gc
import weakref

import pytest
import torch
from torch.testing import assert_close

from tests.parity.variants import about, build, images
from vitwidgets.models import HookedViT
from vitwidgets.models.caching.run_mode import RunMode
from vitwidgets.models.caching.run_values import RunValues
from vitwidgets.models.errors import StaleCacheError
from vitwidgets.models.pieces.recipes import Recipe

META = torch.device("meta")
CPU = torch.device("cpu")
on_a_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


@pytest.fixture(name="cache")
def _cache(model, x):
    return model.run_with_cache(x)[1]


def held(cache):
    return cache._values.held()


def test_everything_that_is_held_is_moved_and_the_images_too(cache):
    moved = cache.to("meta")
    assert held(moved).keys() == held(cache).keys()
    for name, value in held(moved).items():
        assert value.device == META
        assert (value.shape, value.dtype) == (cache[name].shape, cache[name].dtype)
        assert cache[name].device == CPU
    assert moved._source.images.device == META
    assert list(moved) == list(cache)
    assert (moved.budget, moved.n_images) == (cache.budget, 2)


def test_a_tensor_that_is_two_sites_is_moved_once(cache):
    moved = cache.to(META)
    for one, other in (
        ("blocks.0.hook_resid_post", "blocks.1.hook_resid_pre"),
        ("hook_full_embed", "blocks.0.hook_resid_pre"),
    ):
        assert cache[one] is cache[other]
        assert moved[one] is moved[other]
    assert moved["blocks.0.hook_resid_pre"] is not moved["blocks.1.hook_resid_pre"]


def test_nothing_of_the_old_device_is_kept_alive(model, x):
    cache = model.run_with_cache(x)[1]  # the logits are a site too
    cache["blocks.1.attn.hook_pattern"]
    storages = [weakref.ref(value) for value in held(cache).values()]
    assert all(reference() is not None for reference in storages)
    moved = cache.to("meta")
    del cache
    gc.collect()
    assert moved["hook_embed"].device == META
    assert not [reference for reference in storages if reference() is not None]


def test_on_its_own_device_a_cache_stays_as_it_is(model, x, cache):
    same = cache.to("cpu")
    assert same.nbytes == cache.nbytes
    for site in model.sites:
        assert torch.equal(same[site], cache[site])
    assert same["hook_embed"] is cache["hook_embed"]


def test_a_changed_tensor_is_not_moved(cache):
    cache["blocks.1.hook_attn_out"].mul_(2)
    with pytest.raises(StaleCacheError, match=r"'blocks.1.hook_attn_out' was changed"):
        cache.to("meta")


def test_a_device_that_does_not_exist_is_named(cache):
    with pytest.raises(ValueError, match="the device 'nowhere' cannot be used"):
        cache.to("nowhere")


class WeightsElsewhere:
    """Weights on the meta device, for the modules that a recipe names."""

    def require_unchanged(self, parts, what):
        pass

    def device_of(self, parts):
        return META if parts else None


def test_what_needs_weights_is_computed_where_they_are_and_comes_back(cache):
    seen = []

    def record(*values):
        seen.append(([value.device for value in values], torch.is_autocast_enabled()))
        return torch.ones(2)

    site, other = "blocks.0.hook_attn_out", "blocks.0.hook_mlp_out"
    part = torch.nn.Identity()
    recipes = {
        "with weights": Recipe((site, other), record, (part,)),
        "without": Recipe((site,), record),
    }
    source = dataclasses.replace(
        cache._source, recipes=recipes, weights=WeightsElsewhere()
    )
    mode = RunMode(grad=False, autocast=None)
    values = RunValues(source, {s: cache[s] for s in (site, other)}, 10**9, mode)
    assert values.read("with weights").device == CPU
    assert values.read("without").device == CPU
    assert seen == [([META, META], False), ([CPU], False)]


@on_a_gpu
@pytest.mark.parametrize("autocast", [None, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", ["plain", "inner norms"])
def test_a_cache_of_a_gpu_reads_alike_in_main_memory(name, autocast):
    model = HookedViT(build(name).cuda())
    x = images(model.module).cuda()
    enabled = autocast is not None
    with torch.no_grad(), torch.autocast("cuda", dtype=autocast, enabled=enabled):
        _, cache = model.run_with_cache(x)
    before = {site: cache[site] for site in model.sites}
    moved = cache.to("cpu")
    for site, value in before.items():
        assert moved[site].device == CPU
        assert moved[site].dtype == value.dtype
        close = {"rtol": 2e-6, "atol": 2e-6} if not enabled else {}
        assert_close(moved[site], value.cpu(), **close, msg=about(site))


@on_a_gpu
def test_moving_frees_the_gpu_and_a_file_made_there_is_loaded_there(tmp_path):
    model = HookedViT(build("plain").cuda())
    x = images(model.module, batch=64).cuda()
    with torch.no_grad():
        model.run_with_cache(x)
        torch.cuda.synchronize()
        before = torch.cuda.memory_allocated()
        cache = model.run_with_cache(x)[1]
        assert torch.cuda.memory_allocated() - before > 0.9 * cache.nbytes
        file = tmp_path / "cache"
        cache.save(file)
        loaded = model.load_cache(file, x)
        assert loaded["hook_embed"].device == x.device
        for site in model.sites:
            assert torch.equal(loaded[site], cache[site]), site
        moved = cache.to("cpu")
        del cache, loaded
        assert torch.cuda.memory_allocated() == before
        assert moved["hook_embed"].device == CPU
