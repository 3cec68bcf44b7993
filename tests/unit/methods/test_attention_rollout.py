from __future__ import annotations

import numpy as np
import pytest
import torch

from vitwidgets.methods import attention_rollout
from vitwidgets.methods.attention_rollout import attention_rollouts


def patterns(layers=3, heads=4, tokens=6, batch=2):
    generator = torch.Generator().manual_seed(0)
    size = (batch, heads, tokens, tokens)
    return [
        (2 * torch.randn(size, generator=generator, dtype=torch.float64)).softmax(-1)
        for _ in range(layers)
    ]


def rolled(given, fuse, discard=0.0):
    """Rollout row by row, by the paper's recipe."""
    found = []
    for image in range(given[0].shape[0]):
        total = np.eye(given[0].shape[-1])
        for pattern in given:
            fused = fuse(pattern[image].numpy(), axis=0)
            for query, row in enumerate(fused):
                lowest = np.argsort(row, kind="stable")[: int(discard * len(row))]
                fused[query, lowest] = 0
            fused /= fused.sum(1, keepdims=True)
            total = (0.5 * np.eye(len(fused)) + 0.5 * fused) @ total
        found.append(total)
    return np.stack(found)


@pytest.mark.parametrize("fusion", ["mean", "min", "max"])
@pytest.mark.parametrize("discard", [0.0, 0.5, 0.9])
def test_rollout_is_the_papers_recipe(fusion, discard):
    given = patterns()
    expected = rolled(given, getattr(np, fusion), discard)
    found = attention_rollout(given, fusion=fusion, discard=discard)
    assert np.allclose(found, expected, atol=1e-12)
    assert torch.allclose(found.sum(-1), torch.ones(2, 6, dtype=torch.float64))


def test_rollouts_after_each_block_are_those_of_the_blocks_so_far():
    given = patterns()
    found = list(attention_rollouts(iter(given), fusion="max", discard=0.5))
    assert len(found) == 3
    for layer, each in enumerate(found):
        assert np.allclose(each, rolled(given[: layer + 1], np.max, 0.5), atol=1e-12)


def test_rollouts_take_a_pattern_at_a_time():
    taken = []
    each = attention_rollouts(taken.append(0) or p for p in patterns())
    next(each)
    assert len(taken) == 1


def test_rollout_of_identity_is_identity():
    eye = torch.eye(5).expand(2, 3, 5, 5)
    found = attention_rollout([eye] * 4, discard=0.4)
    assert torch.equal(found, torch.eye(5).expand(2, 5, 5))


def test_the_last_block_is_leftmost():
    to_first = torch.zeros(1, 1, 3, 3)
    to_first[..., 0] = 1
    stay = torch.eye(3).expand(1, 1, 3, 3)
    shift = torch.eye(3).roll(1, 0).expand(1, 1, 3, 3)  # each reads the one before
    found = attention_rollout(iter([to_first, stay, shift]))
    # Token 2 reads, half and half, itself and token 1, each half of which is token 0.
    assert torch.allclose(found[0, 2], torch.tensor([0.5, 0.25, 0.25]))


def test_heads_with_no_key_in_common_leave_a_token_to_itself():
    one, other = torch.eye(2), torch.eye(2).flip(0)
    found = attention_rollout([torch.stack((one, other))[None]], fusion="min")
    assert torch.equal(found, torch.eye(2)[None])


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        ([], {}, "no pattern to follow"),
        ([torch.zeros(2, 5, 5)], {}, r"pattern 0 has shape \(2, 5, 5\)"),
        ([torch.zeros(1, 2, 5, 4)], {}, "pattern 0 has shape"),
        ([torch.ones(1, 2, 5, 5), torch.ones(1, 2, 4, 4)], {}, "pattern 1 is of"),
        (patterns(), {"fusion": "median"}, "fusion must be .* 'median'"),
        (patterns(), {"discard": 1.0}, "discard must be .* 1.0"),
        (patterns(), {"discard": -0.1}, "discard must be .* -0.1"),
    ],
)
def test_what_cannot_be_rolled_is_an_error(given, options, message):
    with pytest.raises(ValueError, match=message):
        attention_rollout(given, **options)


def test_arguments_of_rollouts_are_looked_at_at_once():
    with pytest.raises(ValueError, match="fusion must be"):
        attention_rollouts([], fusion="median")
