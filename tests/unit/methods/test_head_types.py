"""Heads whose pattern is written by hand have to be found, and given their name."""

from __future__ import annotations

import math

import pytest
import torch

from tests.unit.methods.small_vits import PREFIX_OF_FIVE, hooked_vit, pixels
from vitwidgets.methods import HeadStatistics, attention_statistics, head_types
from vitwidgets.methods.head_types import RULES
from vitwidgets.models import PatchGrid

GRID = PatchGrid(6, 7, (8, 8), PREFIX_OF_FIVE)
COUNT = 6
FIRST = GRID.n_prefix_tokens


def focused(weights, share=0.8):
    """Rows that give a share of attention to some tokens and the rest to all alike."""
    weights = weights / weights.sum(-1, keepdim=True).clamp(min=1e-9)
    rows = share * weights + (1 - share) / GRID.n_tokens
    return rows / rows.sum(-1, keepdim=True)


def on_tokens(*tokens):
    weights = torch.zeros(GRID.n_tokens, GRID.n_tokens)
    weights[:, list(tokens)] = 1
    return focused(weights)


def on_patches(wanted):
    """Attend to the patches that stand in a relation to the patch that attends."""
    weights = torch.zeros(GRID.n_tokens, GRID.n_tokens)
    for query in range(FIRST, GRID.n_tokens):
        for key in range(FIRST, GRID.n_tokens):
            weights[query, key] = wanted(GRID.position(query), GRID.position(key))
    return focused(weights)


def at_edges(place):
    return (place[0] in (0, GRID.rows - 1)) + (place[1] in (0, GRID.cols - 1))


PATTERNS = {
    "offset (0,-1)": on_patches(lambda q, k: (k[0] - q[0], k[1] - q[1]) == (0, -1)),
    "offset (2,1)": on_patches(lambda q, k: (k[0] - q[0], k[1] - q[1]) == (2, 1)),
    "offset (0,0)": on_patches(lambda q, k: q == k),
    "corner": on_patches(lambda _, k: at_edges(k) == 2),
    "border": on_patches(lambda _, k: at_edges(k) == 1),
    "same row": on_patches(lambda q, k: q[0] == k[0]),
    "same column": on_patches(lambda q, k: q[1] == k[1]),
    "CLS reader": on_tokens(0),
    "register reader": on_tokens(1, 3),
    "sink": on_tokens(GRID.token(2, 3)),
    "uniform": torch.full((GRID.n_tokens, GRID.n_tokens), 1 / GRID.n_tokens),
}
NAMES = [*PATTERNS, "object"]  # fills the twelve heads


def objects():
    """Give one rectangle an image, each in another place; in patches and pixels."""
    labels = torch.zeros(COUNT, GRID.rows, GRID.cols, dtype=torch.bool)
    for image in range(COUNT):
        labels[image, image // 2 * 2 : image // 2 * 2 + 2, image % 2 * 3 :][..., :3] = (
            True
        )
    masks = labels.repeat_interleave(8, 1).repeat_interleave(8, 2)
    return labels.flatten(1), masks


def object_pattern(labels):
    """The class token reads the object; patches read anywhere, each its own way."""
    generator = torch.Generator().manual_seed(3)
    size = (COUNT, GRID.n_tokens, GRID.n_tokens)
    pattern = (2 * torch.randn(size, generator=generator)).softmax(-1)
    weights = torch.zeros(COUNT, GRID.n_tokens)
    weights[:, FIRST:] = labels.float()
    pattern[:, 0] = focused(weights, 0.5)
    return pattern


@pytest.fixture(name="found", scope="module")
def _found():
    labels, masks = objects()
    by_layer = [
        torch.stack([PATTERNS[name].expand(COUNT, -1, -1) for name in names], 1)
        for names in (NAMES[:4], NAMES[4:8])
    ]
    rest = [PATTERNS[name].expand(COUNT, -1, -1) for name in NAMES[8:11]]
    by_layer.append(torch.stack([*rest, object_pattern(labels)], 1))

    def written(pattern, hook):
        return by_layer[hook.layer].to(pattern).clone()

    def heavy(stream, hook):
        stream = stream.clone()
        stream[:, GRID.token(2, 3)] *= 1000
        return stream

    model = hooked_vit(GRID)
    hooks = [
        ("blocks.*.attn.hook_pattern", written),
        ("blocks.2.hook_resid_post", heavy),
    ]
    with model.hooks(hooks):
        statistics = attention_statistics(
            model, pixels(GRID, COUNT), masks=masks, batch_size=COUNT, progress=False
        )
    return dict(zip(NAMES, head_types(statistics), strict=True)), statistics


@pytest.mark.parametrize("name", NAMES)
def test_a_written_head_is_found_and_named(found, name):
    types, _ = found
    assert types[name].type.name == name
    assert types[name].type.strength > 0


@pytest.mark.parametrize("name", NAMES)
def test_the_evidence_is_the_heads_number(found, name):
    types, statistics = found
    kind = types[name]
    value = statistics.numbers[kind.type.statistic][kind.layer, kind.head]
    assert kind.type.evidence == float(value)
    expected = {"uniform": 1.0, "object": 1.0}.get(name, 0.8)
    # A border patch has no neighbour beyond; what is uniform falls on the target, too.
    assert kind.type.evidence == pytest.approx(expected, abs=0.21)


def statistics_of_one_head(**numbers):
    """Give statistics that speak for nothing but what is given."""
    values = {"offset_row": 0.0, "offset_col": -1.0, "entropy": 1.0}
    for rule in RULES:
        values[rule.statistic] = values[f"{rule.statistic}_uniform"] = 0.1
    values |= {"relative_entropy": 0.5, "object_auroc": 0.5}
    values |= {"object_auroc_elsewhere": 0.5, **numbers}
    table = {name: torch.tensor([[value]]) for name, value in values.items()}
    return HeadStatistics("one head", GRID, 3, (), table, {})


@pytest.mark.parametrize(
    ("numbers", "name", "strength", "runner_up"),
    [
        # The way from 0.1 to 1 is 0.9 long; the threshold is after 0.4 of it.
        ({"offset_mass": 0.82}, "offset (0,-1)", (0.8 - 0.4) / 0.6, None),
        ({"row_mass": 0.46, "cls_mass": 0.19}, "same row", 0.0, "CLS reader 0.19"),
        ({"row_mass": 0.4599}, "mixed", 0.0, "same row 0.46"),
        ({"cls_mass": 0.6, "sink_mass": 0.6}, "sink", 0.36508, "CLS reader 0.60"),
        ({"object_auroc": 0.9}, "object", (0.8 - 0.5) / 0.5, None),
        ({"object_auroc": 0.9, "object_auroc_elsewhere": 0.85}, "mixed", 0.0, None),
        ({"object_auroc": 0.9, "object_auroc_elsewhere": math.nan}, "mixed", 0.0, None),
        ({"relative_entropy": 0.97}, "uniform", (0.85 - 0.75) / 0.25, None),
        ({"sink_mass": math.nan}, "mixed", 0.0, None),
    ],
)
def test_rules_are_what_they_say(numbers, name, strength, runner_up):
    (kind,) = head_types(statistics_of_one_head(**numbers))
    assert kind.type.name == name
    assert kind.type.strength == pytest.approx(strength, abs=1e-4)
    assert (str(kind.runner_up) if kind.runner_up else None) == runner_up


def test_a_type_is_written_with_its_evidence_and_runner_up():
    numbers = {"cls_mass": 0.8, "object_auroc": 0.7}
    (kind,) = head_types(statistics_of_one_head(**numbers, object_auroc_elsewhere=0.1))
    assert (
        str(kind)
        == "L0.H0 CLS reader 0.80, less clearly object 0.70 (on another scale)"
    )
    assert kind.address == "L0.H0"


def test_random_patterns_are_mixed():
    grid = GRID
    generator = torch.Generator().manual_seed(0)

    def random(pattern, hook):
        return (2 * torch.randn(pattern.shape, generator=generator)).softmax(-1)

    model = hooked_vit(grid)
    with model.hooks([("blocks.*.attn.hook_pattern", random)]):
        statistics = attention_statistics(
            model,
            pixels(grid, 8),
            masks=objects()[1][[0, 1, 2, 3, 4, 5, 0, 1]],
            progress=False,
        )
    for kind in head_types(statistics):
        assert kind.type.name == "mixed"
        assert math.isnan(kind.type.evidence)
        assert kind.runner_up is None or kind.runner_up.strength < 0


def test_always_reading_the_middle_is_not_reading_the_object():
    labels = torch.zeros(GRID.rows, GRID.cols, dtype=torch.bool)
    labels[2:4, 2:5] = True
    masks = labels.repeat_interleave(8, 0).repeat_interleave(8, 1).expand(4, -1, -1)
    weights = torch.zeros(GRID.n_tokens, GRID.n_tokens)
    weights[:, FIRST:] = labels.flatten().float()
    middle = focused(weights)

    def written(pattern, hook):
        return middle.expand_as(pattern).clone()

    model = hooked_vit(GRID)
    with model.hooks([("blocks.*.attn.hook_pattern", written)]):
        statistics = attention_statistics(
            model, pixels(GRID, 4), masks=masks, progress=False
        )
    assert float(statistics.numbers["object_auroc"].min()) == 1
    assert {kind.type.name for kind in head_types(statistics)} == {"mixed"}


def test_every_rule_has_a_head_that_it_finds():
    found = {"offset" if name.startswith("offset") else name for name in NAMES}
    assert found == {rule.name for rule in RULES}
