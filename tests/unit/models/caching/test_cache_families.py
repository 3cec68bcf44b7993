"""Caches of models whose blocks are not timm's usual ones."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from tests.parity.entries import build, inputs
from tests.parity.variants import about
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import CacheBudgetError

FAMILIES = (
    "deit_tiny_distilled_patch16_224",
    "vit_giant_patch14_dinov2",  # packed SwiGLU
    "vit_base_patch16_rpn_224",  # norms after
    "eva02_tiny_patch14_224",  # rotary
    "vit_base_patch16_sapiens2",  # fewer keys than queries
    "vit_small_patch16_rope_mixed_224",
    "beit_base_patch16_224",  # a bias for all images
    "vit_srelpos_small_patch16_224",
    "vit_dlittle_patch16_reg1_gap_256",  # two patterns subtracted
    "cait_xxs24_224",  # patterns held, heads mixed
    "naflexvit_base_patch16_gap",
    "ViT-B-32",  # open_clip's own
    "text of ViT-B-32",  # a mask
)


@pytest.fixture(params=FAMILIES, name="run")
def _run(request):
    with torch.no_grad():
        model = HookedViT(build(request.param))
        batch = inputs(request.param, batch=3)
        yield model, batch, model.run_with_cache(batch)[1]


def test_what_is_loaded_reads_bit_for_bit_as_what_was_saved(run, tmp_path):
    model, batch, cache = run
    cache.save(tmp_path / "cache")
    loaded = model.load_cache(tmp_path / "cache", batch)
    assert list(loaded) == list(model.sites)
    for site in model.sites:
        assert torch.equal(loaded[site], cache[site]), site


def test_some_images_are_read_as_if_only_they_had_been_run(run):
    model, batch, cache = run
    for which in (1, [2, 0]):
        some = cache.images(which)
        rows = [which] if isinstance(which, int) else which
        _, alone = model.run_with_cache(batch[rows])
        for site in model.sites:
            close = {"rtol": 5e-6, "atol": 5e-6, "msg": about(site)}
            assert_close(some[site], alone[site], **close)


def test_parts_are_those_of_the_whole(run):
    model, _, cache = run
    close = {"rtol": 2e-6, "atol": 2e-6}
    for layer in range(model.config.n_layers):
        pattern = cache[f"blocks.{layer}.attn.hook_pattern"]
        assert_close(cache.pattern(layer, 1, 2), pattern[:, 1, 2], **close)
        assert_close(cache.pattern(layer, query=2), pattern[:, :, 2], **close)
        result = cache[f"blocks.{layer}.attn.hook_result"]
        assert_close(cache.result(layer, 1, 2), result[:, 2, 1], **close)
        assert_close(cache.result(layer, 1), result[:, :, 1], **close)


def test_no_more_is_held_than_was_estimated(run):
    model, batch, cache = run
    with pytest.raises(CacheBudgetError):
        model.run_with_cache(batch, budget=int(cache.nbytes * 0.99))
