"""Which heads read, and what is restored without them, by runs written out by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from tests.unit.methods.attacked_vits import (
    PREPROCESSING,
    attack_that_flips,
    named_vit,
    with_one_reader,
)
from tests.unit.methods.plain_runs import embedded, plain_run
from vitwidgets.methods.attribution_patching import rank_correlation
from vitwidgets.methods.typography.reading_heads import reading_heads
from vitwidgets.methods.typography.restoring import restored_answers

HEADS = list(itertools.product(range(3), range(4)))


@pytest.fixture(name="model", scope="module")
def _model():
    return named_vit()


@pytest.fixture(name="attack", scope="module")
def _attack(model):
    return attack_that_flips(model)


@pytest.fixture(name="found", scope="module")
def _found(model, attack):
    return reading_heads(model, attack, progress=False)


def halves(attack):
    """Every other picture on which the model was right; the others; flips of each."""
    right = [i for i in range(len(attack.true)) if attack.plain[i] == attack.true[i]]
    parts = right[::2], right[1::2]
    return parts, [
        [i for i in part if attack.lettered[i] == attack.written[i]] for part in parts
    ]


def stream(model, pictures):
    mean, std = np.array(PREPROCESSING.mean), np.array(PREPROCESSING.std)
    pixels = torch.from_numpy((pictures / 255 - mean) / std).float()
    return embedded(model.module, pixels.permute(0, 3, 1, 2))


@torch.no_grad()
def runs(model, pictures, changes=None):
    return plain_run(model.module, stream(model, pictures), changes)


def one_head(head, other):
    """Put another run's z of one head in the place of its own."""

    def change(z):
        z = z.clone()
        z[:, :, head] = other[:, :, head]
        return z

    return change


def difference(logits, attack, which):
    rows = range(len(which))
    written, true = attack.written[which], attack.true[which]
    return logits[rows, written] - logits[rows, true]


def test_patching_is_a_run_with_the_heads_z_of_the_picture_without_a_word(
    model, attack, found
):
    which = halves(attack)[1][0]
    plain, values = runs(model, attack.pictures.plain[which])
    lettered, _ = runs(model, attack.pictures.lettered[which])
    whole = difference(lettered, attack, which)
    for layer, head in HEADS:
        change = one_head(head, values["z", layer])
        logits, _ = runs(model, attack.pictures.lettered[which], {("z", layer): change})
        fallen = (whole - difference(logits, attack, which)).mean()
        assert float(found.patching[layer, head]) == pytest.approx(
            float(fallen), abs=2e-4
        )
        again = int((logits.argmax(-1) == attack.true[which]).sum())
        assert int(found.undone[layer, head]) == again
    change = (whole - difference(plain, attack, which)).mean()
    assert found.change == pytest.approx(float(change), abs=2e-4)
    assert found.n_images == len(which) > 4
    assert found.undone.any()


def test_attribution_is_what_heads_write_along_the_difference(model, attack, found):
    """The class token alone is read: final norm with its scale, then the classifier."""
    which = halves(attack)[1][0]
    module = model.module
    expected = torch.zeros(3, 4)
    for pictures, sign in ((attack.pictures.lettered, 1), (attack.pictures.plain, -1)):
        _, values = runs(model, pictures[which])
        last = values["resid_post", 2][:, 0]
        scale = (last.var(-1, unbiased=False) + module.norm.eps).sqrt()
        rows = module.head.weight
        along = rows[attack.written[which]] - rows[attack.true[which]]
        along = along * module.norm.weight
        along = (along - along.mean(-1, keepdim=True)) / scale[:, None]
        for layer, head in HEADS:
            part = slice(8 * head, 8 * head + 8)
            weight = module.blocks[layer].attn.proj.weight[:, part]
            written = values["z", layer][:, 0, head] @ weight.T
            expected[layer, head] += sign * (written * along).sum(-1).mean().detach()
    torch.testing.assert_close(found.attribution.float(), expected, rtol=0, atol=2e-4)


def test_a_lone_reader_is_found_and_holds_all_that_was_read():
    model = with_one_reader(named_vit(), 1, 2)
    attack = attack_that_flips(model)
    found = reading_heads(model, attack, progress=False)
    assert str(found.best(1)[0]) == "L1.H2"
    assert float(found.patching[1, 2]) == pytest.approx(found.change, abs=1e-4)
    assert int(found.undone[1, 2]) == found.n_images
    others = found.patching.clone()
    others[1, 2] = 0
    assert others.abs().max() < 1e-4
    restored = restored_answers(model, attack, found.best(1), draws=5)
    # Without the lone reader every picture looks the same to the class token.
    assert restored.chosen.still_written.hits < restored.chosen.still_written.count
    assert restored.by_chance.hits == 0
    assert restored.by_chance.count == 5 * restored.chosen.restored.count
    assert restored.kept_by_chance.value == 1


def test_heads_come_by_what_patching_says(found):
    order = [(address.layer, address.index) for address in found.best(12)]
    values = [float(found.patching[at]) for at in order]
    assert sorted(order) == HEADS
    assert values == sorted(values, reverse=True)
    frame = found.frame()
    assert list(frame["address"]) == [str(address) for address in found.best(12)]
    assert list(frame["patching"]) == values
    assert found.agreement == rank_correlation(found.attribution, found.patching)
    assert f"{found.best(1)[0]}: patching {values[0]:+.2f}" in repr(found)


@pytest.mark.parametrize("count", [0, 13, True])
def test_there_are_only_so_many_heads(found, count):
    with pytest.raises(ValueError, match="there are 12 heads"):
        found.best(count)


def test_knocked_out_heads_have_the_mean_of_the_other_half(model, attack):
    heads = [(0, 1), (2, 3)]
    found = restored_answers(model, attack, ["L0.H1", "L2.H3"], draws=3)
    (others, right), (_, flipped) = halves(attack)
    _, values = runs(model, attack.pictures.plain[others])
    changes = {
        ("z", layer): one_head(head, values["z", layer].mean(0, keepdim=True))
        for layer, head in heads
    }
    said = [
        runs(model, pictures[which], changes)[0].argmax(-1)
        for pictures, which in (
            (attack.pictures.lettered, flipped),
            (attack.pictures.plain, right),
        )
    ]
    chosen = found.chosen
    assert (chosen.restored.hits, chosen.restored.count) == (
        int((said[0] == attack.true[flipped]).sum()),
        len(flipped),
    )
    assert chosen.still_written.hits == int((said[0] == attack.written[flipped]).sum())
    assert (chosen.kept.hits, chosen.kept.count) == (
        int((said[1] == attack.true[right]).sum()),
        len(right),
    )
    assert found.n_means == len(others)
    assert str(chosen.restored) in repr(found)


def test_random_heads_are_others_and_no_set_is_drawn_twice(model, attack):
    found = restored_answers(model, attack, ["L0.H1", "L2.H3"], draws=30, seed=4)
    drawn = [frozenset(map(str, each.heads)) for each in found.random]
    assert len(set(drawn)) == len(drawn) == 30
    assert all(len(each) == 2 and not each & {"L0.H1", "L2.H3"} for each in drawn)
    again = restored_answers(model, attack, ["L0.H1", "L2.H3"], draws=30, seed=4)
    assert again.random == found.random
    least, most = found.draws
    shares = [each.restored.value for each in found.random]
    assert (least, most) == (min(shares), max(shares))
    assert found.as_good == sum(
        each.restored.hits >= found.chosen.restored.hits for each in found.random
    )


def test_all_sets_are_taken_where_there_are_few(model, attack):
    eleven = [f"L{layer}.H{head}" for layer, head in HEADS if (layer, head) != (1, 1)]
    with pytest.raises(ValueError, match=r"11 heads are given and .* only 1 others"):
        restored_answers(model, attack, eleven)
    six = [f"L{layer}.H{head}" for layer, head in HEADS[:6]]
    assert len(restored_answers(model, attack, six).random) == 1


@pytest.mark.parametrize(
    ("heads", "options", "expected"),
    [
        ([], {}, (ValueError, "at least one head, and each once; got none")),
        (["L0.H1", "L0.H1"], {}, (ValueError, "each once; got L0.H1, L0.H1")),
        (["L0.MLP"], {}, (ValueError, "L0.MLP is not a whole head")),
        (["L0.H1.q"], {}, (ValueError, "L0.H1.q is not a whole head")),
        (["L0.H1@cls"], {}, (ValueError, "L0.H1@cls is not a whole head")),
        (["L9.H1"], {}, (IndexError, "no block 9")),
        (["L0.H4"], {}, (IndexError, "no head 4")),
        (["L0.H1"], {"draws": 0}, (ValueError, "draws must be at least 1, got 0")),
    ],
)
def test_what_cannot_be_knocked_out_is_an_error(
    model, attack, heads, options, expected
):
    error, message = expected
    with pytest.raises(error, match=message):
        restored_answers(model, attack, heads, **options)


def test_too_few_flips_are_no_ground_for_looking(model):
    attack = attack_that_flips(model)
    attack.lettered[:] = attack.true
    with pytest.raises(ValueError, match=r"named on 0 of \d+ pictures .* too few"):
        reading_heads(model, attack)
    with pytest.raises(ValueError, match="too few to look for a reason"):
        restored_answers(model, attack, ["L0.H1"])


def test_the_model_is_left_as_it_was(model, attack):
    pixels = torch.randn(2, 3, 32, 32)
    before = model(pixels)
    reading_heads(model, attack, progress=False)
    restored_answers(model, attack, "L0.H1", draws=2)
    assert torch.equal(model(pixels), before)
