from __future__ import annotations

import pytest
import torch

from tests.parity.variants import build, images
from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels
from vitwidgets.methods import value_weighted_attention
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import UnknownSiteError, UnsupportedModelError


def plain_norms(model, x, layer, head, query):
    """Norm of each token's term, computed token by token with the module's weights."""
    with torch.no_grad():
        module = model.module
        tokens = module.norm_pre(module._pos_embed(module.patch_embed(x)))
        for block in module.blocks[:layer]:
            tokens = block(tokens)
        attn = module.blocks[layer].attn
        packed = attn.qkv(module.blocks[layer].norm1(tokens))
        q, k, v = packed.unflatten(-1, (3, attn.num_heads, -1)).unbind(2)
        scores = torch.einsum("bd,bkd->bk", q[:, query, head], k[:, :, head])
        weights = (scores * attn.scale).softmax(-1)
        own = slice(head * attn.head_dim, (head + 1) * attn.head_dim)
        terms = [
            weights[:, key, None] * (v[:, key, head] @ attn.proj.weight[:, own].T)
            for key in range(tokens.shape[1])
        ]
    return torch.stack([term.norm(dim=-1) for term in terms], 1)


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_norms_are_those_of_each_tokens_term(grid):
    model, x = hooked_vit(grid), pixels(grid, 2)
    with torch.no_grad():
        _, cache = model.run_with_cache(x, "blocks.*.attn.*")
        for layer, head, query in ((0, 0, 0), (1, 3, 2), (2, 1, grid.n_tokens - 1)):
            found = value_weighted_attention(model, cache, layer, head, query)
            expected = plain_norms(model, x, layer, head, query)
            assert torch.allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_all_heads_and_all_queries_are_each_of_them():
    grid = GRIDS["oblong, five"]
    model, x = hooked_vit(grid), pixels(grid, 2)
    with torch.no_grad():
        _, cache = model.run_with_cache(x, "blocks.*.attn.*")
        whole = value_weighted_attention(model, cache, 1)
        head = value_weighted_attention(model, cache, 1, head=2)
        row = value_weighted_attention(model, cache, 1, query=3)
        assert whole.shape == (2, 4, grid.n_tokens, grid.n_tokens)
        for query in range(grid.n_tokens):
            expected = plain_norms(model, x, 1, 2, query)
            assert torch.allclose(whole[:, 2, query], expected, rtol=1e-4, atol=1e-6)
        assert torch.allclose(head, whole[:, 2], rtol=1e-5, atol=1e-7)
        assert torch.allclose(row, whole[:, :, 3], rtol=1e-5, atol=1e-7)


def test_a_norm_between_values_and_projection_is_refused():
    model = HookedViT(build("inner norms"))
    with torch.no_grad():
        _, cache = model.run_with_cache(images(model.module))
    with pytest.raises(UnsupportedModelError, match="a norm or a gate comes between"):
        value_weighted_attention(model, cache, 0, 0, 0)


@pytest.mark.parametrize("place", [(3, 0, 0), (0, 4, 0), (0, 0, 17), (0, -1, 0)])
def test_what_does_not_exist_is_an_error(place):
    grid = GRIDS["square, cls"]
    model = hooked_vit(grid)
    with torch.no_grad():
        _, cache = model.run_with_cache(pixels(grid, 1))
    with pytest.raises(IndexError, match="there is no"):
        value_weighted_attention(model, cache, *place)


def test_a_cache_that_lacks_the_values_says_so():
    grid = GRIDS["square, cls"]
    model = hooked_vit(grid)
    with torch.no_grad():
        _, cache = model.run_with_cache(pixels(grid, 1), "blocks.*.attn.hook_pattern")
    with pytest.raises(UnknownSiteError, match="was not kept by this run"):
        value_weighted_attention(model, cache, 0, 0, 0)
