from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import timm
import torch
from open_clip.transformer import TextTransformer
from timm.layers.diff_attention import DiffAttention
from timm.models.vision_transformer import ParallelThingsBlock

from tests.unit.methods import plain_numbers
from tests.unit.methods.small_vits import (
    GRIDS,
    hooked_vit,
    pixels,
    plain_patterns,
    plain_streams,
)
from vitwidgets import load_model
from vitwidgets.images import sample
from vitwidgets.methods import attention_statistics, statistics_run
from vitwidgets.methods.statistic_columns import COLUMNS, MEASURED, WITHOUT_UNIFORM
from vitwidgets.methods.token_norms import last_layers
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import UnsupportedModelError

COUNT = 5


def statistics_of(model, images, **options):
    return attention_statistics(model, images, progress=False, **options)


@pytest.fixture(name="grid", params=GRIDS.values(), ids=GRIDS)
def _grid(request):
    return request.param


def object_masks(grid, count):
    """Give masks in patches, and the same in pixels."""
    generator = torch.Generator().manual_seed(5)
    labels = torch.rand(count, grid.rows, grid.cols, generator=generator) < 0.5
    labels[:, 0, 0], labels[:, -1, -1] = True, False
    height, width = grid.patch_size
    masks = labels.repeat_interleave(height, 1).repeat_interleave(width, 2)
    return labels.flatten(1), masks


def test_numbers_are_those_of_the_plain_patterns(grid):
    model, images = hooked_vit(grid), pixels(grid, COUNT)
    frame = statistics_of(model, images, batch_size=2).frame()
    patterns = plain_patterns(model, images)
    assert len(frame) == 12
    for row in frame.itertuples():
        of_head = patterns[row.layer][:, row.head]
        each = [plain_numbers.numbers_of(pattern, grid) for pattern in of_head]
        for name in each[0]:
            values = np.array([numbers[name] for numbers in each])
            half = 2.776 * values.std(ddof=1) / math.sqrt(COUNT)  # t of 4
            assert getattr(row, name) == pytest.approx(values.mean(), abs=2e-5), name
            found = getattr(row, f"{name}_ci95")
            assert found == pytest.approx(half, rel=2e-3, abs=2e-5), name
        masses = {
            (down, right): np.mean(
                [
                    plain_numbers.offset_mass(pattern, grid, down, right)
                    for pattern in of_head
                ]
            )
            for down in range(1 - grid.rows, grid.rows)
            for right in range(1 - grid.cols, grid.cols)
            if (grid.rows - abs(down)) * (grid.cols - abs(right)) * 2 >= grid.n_patches
        }
        best = max(masses, key=masses.get)
        assert (row.offset_row, row.offset_col) == best
        assert row.offset_mass == pytest.approx(masses[best], abs=2e-5)


def test_object_numbers_are_those_of_the_plain_patterns(grid):
    model, images = hooked_vit(grid), pixels(grid, COUNT)
    labels, masks = object_masks(grid, COUNT)
    given = [mask if index != 2 else None for index, mask in enumerate(masks)]
    frame = statistics_of(model, images, masks=given, batch_size=2).frame()
    patterns = plain_patterns(model, images)
    first = grid.n_prefix_tokens
    for row in frame.itertuples():
        of_head = patterns[row.layer][:, row.head]
        reading = of_head[:, 0] if first else of_head.mean(1)
        scores = reading[:, first:].tolist()
        own = [
            plain_numbers.auroc(scores[index], labels[index].tolist())
            for index in (0, 1, 3, 4)
        ]
        # Image 2 has no mask, so neither it nor 3 has a neighbour's to compare with.
        elsewhere = [
            plain_numbers.auroc(scores[index], labels[index - 1].tolist())
            for index in (1, 4)
        ]
        assert row.object_auroc == pytest.approx(np.mean(own), abs=1e-6)
        assert row.object_auroc_elsewhere == pytest.approx(np.mean(elsewhere), abs=1e-6)


def test_norms_are_those_of_the_plain_stream(grid):
    model, images = hooked_vit(grid), pixels(grid, COUNT)
    statistics = statistics_of(model, images, batch_size=3)
    for layer, stream in enumerate(plain_streams(model, images)):
        norms = stream[:, grid.n_prefix_tokens :].norm(dim=-1).double().numpy()
        median = np.median(norms, axis=1)
        multiples = norms / median[:, None]
        expected = {
            "median": median.mean(),
            "highest": multiples.max(1).mean(),
            "outliers": (multiples > 3).mean(),
        }
        found = statistics.norm_frame().loc[layer]
        for name, value in expected.items():
            assert found[name] == pytest.approx(value, rel=1e-4), name


@pytest.mark.parametrize("batch_size", [1, 2, 4])
def test_streaming_equals_the_whole_batch(grid, batch_size):
    model, images = hooked_vit(grid), pixels(grid, COUNT)
    _, masks = object_masks(grid, COUNT)
    whole = statistics_of(model, images, masks=masks, batch_size=COUNT).frame()
    parts = statistics_of(model, images, masks=masks, batch_size=batch_size).frame()
    pd.testing.assert_frame_equal(whole, parts, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("n_heads", [1, 3])
def test_how_many_heads_are_looked_at_together_makes_no_difference(
    grid, n_heads, monkeypatch
):
    model, images = hooked_vit(grid), pixels(grid, COUNT)
    _, masks = object_masks(grid, COUNT)
    whole = statistics_of(model, images, masks=masks).frame()
    size = n_heads * 4 * COUNT * grid.n_tokens**2
    monkeypatch.setattr(statistics_run, "_PATTERN_BYTES", size)
    parts = statistics_of(model, images, masks=masks).frame()
    pd.testing.assert_frame_equal(whole, parts, rtol=1e-4, atol=1e-6)


def test_every_column_is_documented_and_every_measured_one_is_beside_uniform():
    grid = GRIDS["square, cls"]
    frame = statistics_of(hooked_vit(grid), pixels(grid, 2)).frame()
    assert list(frame.columns) == list(COLUMNS)
    for name in set(MEASURED) - set(WITHOUT_UNIFORM):
        assert f"{name}_uniform" in frame.columns
    assert frame["address"].tolist()[:5] == [
        "L0.H0",
        "L0.H1",
        "L0.H2",
        "L0.H3",
        "L1.H0",
    ]
    assert frame.attrs["n_images"] == 2


def test_a_parquet_file_gives_the_table_back(tmp_path):
    grid = GRIDS["oblong, five"]
    statistics = statistics_of(hooked_vit(grid), pixels(grid, 3))
    statistics.to_parquet(tmp_path / "heads.parquet")
    back = pd.read_parquet(tmp_path / "heads.parquet")
    pd.testing.assert_frame_equal(back, statistics.frame())
    assert back.attrs == statistics.frame().attrs


def test_one_image_has_no_interval():
    grid = GRIDS["square, cls"]
    frame = statistics_of(hooked_vit(grid), pixels(grid, 1)).frame()
    for name in ("entropy_ci95", "offset_mass_ci95", "position_r2", "generality"):
        assert frame[name].isna().all()
    assert frame["entropy"].notna().all()


def test_other_sizes_of_a_model_that_takes_them():
    grid = GRIDS["square, cls"]
    model = hooked_vit(grid, dynamic_img_size=True)
    images = pixels(GRIDS["oblong, no prefix"], 2)
    statistics = statistics_of(model, images)
    assert (statistics.grid.rows, statistics.grid.cols) == (3, 5)
    patterns = plain_patterns(model, images)
    expected = plain_numbers.numbers_of(patterns[1][0, 2], statistics.grid)
    second = plain_numbers.numbers_of(patterns[1][1, 2], statistics.grid)
    mean = (expected["row_mass"] + second["row_mass"]) / 2
    assert float(statistics.numbers["row_mass"][1, 2]) == pytest.approx(mean, abs=1e-6)


def test_sinks_are_the_patches_whose_norm_stands_out():
    grid = GRIDS["oblong, five"]
    model, images = hooked_vit(grid), pixels(grid, 3)
    heavy = [grid.token(1, 1), grid.token(4, 2)]

    def swell(stream, hook):
        stream = stream.clone()
        stream[:2, heavy] *= 100
        return stream

    last = last_layers(3)[-1]
    with model.hooks([(f"blocks.{last}.hook_resid_post", swell)]):
        statistics = statistics_of(model, images)
    patterns = plain_patterns(model, images)
    for layer in range(3):
        received = patterns[layer][:2, :, grid.n_prefix_tokens :, heavy].sum(-1)
        expected = received.mean((0, 2)).double()  # of the two images that have some
        found = statistics.numbers["sink_mass"][layer]
        assert torch.allclose(found, expected, atol=1e-6)
    uniform = statistics.numbers["sink_mass_uniform"]
    assert torch.allclose(uniform, torch.full_like(uniform, 2 / grid.n_tokens))


def test_the_model_is_left_as_it_was():
    grid = GRIDS["square, cls"]
    model, images = hooked_vit(grid), pixels(grid, 2)
    before = model(images)
    statistics_of(model, images)
    assert torch.equal(model(images), before)


def small(name, **options):
    sizes = {"img_size": 32, "embed_dim": 32, "depth": 2, "num_heads": 2}
    return timm.create_model(name, **sizes, **options).eval()


def text_tower():
    return TextTransformer(
        context_length=8, vocab_size=20, width=32, heads=2, layers=2, output_dim=8
    ).eval()


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (lambda: small("samvit_base_patch16"), "within windows"),
        (lambda: small("cait_xxs24_224"), "mix their patterns"),
        (
            lambda: small("vit_base_patch16_224", block_fn=ParallelThingsBlock),
            "side by side",
        ),
        (
            lambda: small("vit_base_patch16_224", attn_layer=DiffAttention),
            "difference of two patterns",
        ),
        (text_tower, "reads texts"),
    ],
    ids=["windows", "talking heads", "parallel", "differential", "texts"],
)
def test_models_whose_patterns_are_something_else_are_refused(build, reason):
    model = HookedViT(build())
    with pytest.raises(UnsupportedModelError, match=reason):
        statistics_of(model, torch.zeros(1, 3, 32, 32))


def test_a_model_in_half_precision_takes_pictures():
    scene = sample("cat-alone")
    whole = statistics_of(load_model(), scene).frame()
    module = load_model().module.to(torch.bfloat16)
    half = HookedViT(module, preprocessing=load_model().preprocessing)
    frame = statistics_of(half, scene).frame()
    pd.testing.assert_series_equal(frame["entropy"], whole["entropy"], rtol=0.05)


def test_skipped_images_are_named_at_the_end(tmp_path):
    sample("cat-alone").image.save(tmp_path / "cat.png")
    (tmp_path / "dog.png").write_bytes(b"woof")
    with pytest.warns(UserWarning, match=r"1 of 2 images [^$]*dog\.png"):
        statistics = statistics_of(load_model(), tmp_path)
    assert statistics.n_images == 1
    assert len(statistics.skipped) == 1
    assert statistics.frame().attrs["skipped"] == 1


def test_statistics_are_shown_in_a_line_not_as_tensors():
    model = load_model()
    scene = sample("cat-alone")
    shown = repr(attention_statistics(model, scene, progress=False))
    assert shown == (
        "HeadStatistics of emoji-vit: 6 x 4 heads over 1 images; frame() gives a table"
    )
