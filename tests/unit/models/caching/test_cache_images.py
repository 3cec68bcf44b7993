from __future__ import annotations

import dataclasses

import pytest
import torch
from torch.testing import assert_close

from tests.parity.variants import about, build, images
from vitwidgets.models import HookedViT
from vitwidgets.models.caching.cache import ActivationCache
from vitwidgets.models.caching.score_rows import dot_product_rows
from vitwidgets.models.errors import StaleCacheError

CLOSE = {"rtol": 2e-6, "atol": 2e-6}


@pytest.fixture(name="batch")
def _batch(model):
    return images(model.module, batch=4)


@pytest.fixture(name="cache")
def _cache(model, batch):
    return model.run_with_cache(batch)[1]


@pytest.mark.parametrize("name", ["plain", "qk norm", "no head", "any size"])
@pytest.mark.parametrize(
    ("which", "rows"),
    [
        (2, [2]),
        (slice(1, 3), [1, 2]),
        (slice(None, None, 2), [0, 2]),
        (slice(-1, None), [3]),
        ([3, 0], [3, 0]),
        ([1], [1]),
        (range(2), [0, 1]),
    ],
)
def test_some_images_are_read_as_if_only_they_had_been_run(name, which, rows):
    with torch.no_grad():
        model = HookedViT(build(name))
        batch = images(model.module, batch=4)
        some = model.run_with_cache(batch)[1].images(which)
        _, alone = model.run_with_cache(batch[rows])
    assert list(some) == list(alone)
    assert some.n_images == len(rows)
    for site in alone:
        assert_close(some[site], alone[site], **CLOSE, msg=about(site))
    for arguments in ((1,), (1, 2), (1, 2, 3), (1, None, 3)):
        assert_close(some.pattern(*arguments), alone.pattern(*arguments), **CLOSE)
        assert_close(some.result(*arguments), alone.result(*arguments), **CLOSE)


def test_what_is_held_is_the_very_rows(cache):
    for which, rows in ((1, slice(1, 2)), (slice(1, 3), slice(1, 3)), ([3, 1], [3, 1])):
        some = cache.images(which)
        for site in ("hook_embed", "blocks.1.attn.hook_q", "hook_logits"):
            assert torch.equal(some[site], cache[site][rows])


def test_a_slice_shares_memory_and_a_list_owns_it(model, batch):
    _, cache = model.run_with_cache(batch, ["hook_embed", "blocks.*.attn.hook_[qkv]"])
    held = cache.nbytes
    assert cache.images(slice(1, 2)).nbytes == held
    assert cache.images(1).nbytes == held
    assert cache.images([1]).nbytes == held // 4
    assert cache.images([1, 1]).nbytes == held // 2
    place = cache["hook_embed"].untyped_storage().data_ptr()
    assert cache.images(1)["hook_embed"].untyped_storage().data_ptr() == place
    assert cache.images([1])["hook_embed"].untyped_storage().data_ptr() != place


def test_images_of_images_are_counted_anew(cache):
    assert torch.equal(
        cache.images([3, 1]).images(1)["hook_logits"], cache["hook_logits"][1:2]
    )


@pytest.mark.parametrize(
    ("which", "message"),
    [
        (4, "no image 4: it runs from 0 to 3"),
        (-1, "no image -1"),
        ([0, 4], "no image 4"),
        ([], r"from 0 to 3; got \[\]"),
        ([True, False, False, False], "chosen by their indices"),
        (slice(2, 2), "chooses none of the 4 images"),
        (slice(None, None, -1), "goes backwards: give a list"),
    ],
)
def test_images_that_do_not_exist_name_the_range(cache, which, message):
    with pytest.raises(IndexError, match=message):
        cache.images(which)


@pytest.mark.parametrize("which", ["0", 1.0, None, [0.5]])
def test_what_is_no_choice_of_images_is_a_type_error(cache, which):
    with pytest.raises(TypeError):
        cache.images(which)


def test_a_changed_tensor_is_noticed_before_and_after(cache):
    part = cache.images(slice(0, 2))
    copy = cache.images([0, 1])
    cache["blocks.1.hook_attn_out"].mul_(2)
    with pytest.raises(StaleCacheError, match=r"'blocks.1.hook_attn_out' was changed"):
        cache.images(0)
    with pytest.raises(StaleCacheError, match=r"'blocks.1.hook_attn_out' was changed"):
        part["blocks.1.hook_attn_out"]
    assert copy["blocks.1.hook_attn_out"].isfinite().all()


def test_weights_changed_between_run_and_choice_are_noticed(model, cache):
    model.module.blocks[1].norm1.weight.mul_(2)
    with pytest.raises(StaleCacheError, match="the weight that"):
        cache.images(0)["blocks.1.ln1.hook_ln_out"]


def test_what_is_one_for_all_images_stays(cache):
    """Relative positions have one image's batch axis, a mask may have each its own."""
    layer, scale = 1, 0.25
    generator = torch.Generator().manual_seed(3)
    names = {"rot_q": (4, 17, 4, 8), "rot_k": (4, 17, 4, 8)}
    values = {
        f"blocks.1.attn.hook_{name}": torch.randn(shape, generator=generator)
        for name, shape in names.items()
    }
    bias = torch.randn(1, 4, 17, 17, generator=generator)
    values["blocks.1.attn.hook_attn_bias"] = bias
    source = dataclasses.replace(
        cache._source,
        recipes={
            name: recipe
            for name, recipe in cache._source.recipes.items()
            if "blocks.1.attn.hook_" in name
        },
        scores=(None, dot_product_rows(layer, scale, biased=True), None),
    )
    biased = ActivationCache(source, values, 10**9)
    some = biased.images([2, 0])
    q, k = (values[f"blocks.1.attn.hook_{name}"][[2, 0]] for name in names)
    plain = torch.einsum("bqhd,bkhd->bhqk", q, k) * scale + bias
    assert_close(some.pattern(1, 3), plain.softmax(-1)[:, 3], **CLOSE)
    assert some["blocks.1.attn.hook_attn_bias"] is bias


def test_rows_of_windows_go_with_their_image(cache):
    windows = torch.arange(4 * 6 * 2.0).view(24, 2, 1)
    held = {"blocks.0.hook_attn_out": windows}
    some = ActivationCache(cache._source, held, 10**9)
    expected = windows.view(4, 6, 2, 1)
    for which, rows in ((1, [1]), ([3, 0], [3, 0])):
        got = some.images(which)["blocks.0.hook_attn_out"]
        assert torch.equal(got, expected[rows].reshape(-1, 2, 1))


def test_under_inference_mode_images_are_chosen_too(model, batch):
    _, right = model.run_with_cache(batch)
    with torch.inference_mode():
        _, cache = model.run_with_cache(batch.clone())
    view, copy = cache.images(2), cache.images([2])
    view["hook_embed"].zero_()
    for site in ("hook_embed", "blocks.2.attn.hook_pattern", "hook_logits"):
        assert_close(view[site], right[site][2:3], **CLOSE)
        assert_close(copy[site], right[site][2:3], **CLOSE)
