"""Two images, or two models, side by side."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np
import pytest
import torch
from PIL import Image
from timm.models.vision_transformer import VisionTransformer
from traitlets import TraitError

from vitwidgets.images import ImageError, Preprocessing, prepare_image
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import ModelStateError
from vitwidgets.widgets import AttentionHeadTour
from vitwidgets.wire.quantisation import WORST_ERROR

from .test_attention_source import COLUMNS, PICTURE, PLAIN, ROWS, Softmaxes

if TYPE_CHECKING:
    from pathlib import Path

PREFIX = 3
ELSEWHERE = Image.fromarray(
    np.random.default_rng(5).integers(0, 256, (40, 24, 3), np.uint8)
)


def make_other(prefix: int) -> HookedViT:
    """Give another grid, other layers and heads; `prefix` tokens of which cls first."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        module = VisionTransformer(
            img_size=(48, 32),
            patch_size=8,
            embed_dim=24,
            depth=2,
            num_heads=3,
            num_classes=5,
            class_token=prefix > 0,
            reg_tokens=max(0, prefix - 1),
            global_pool="token" if prefix else "avg",
        ).eval()
        with torch.no_grad():
            for block in module.blocks:
                block.attn.qkv.weight.normal_(std=0.4)
    size = Preprocessing((48, 32), "bicubic", 1.0, "squash", (0.5,) * 3, (0.2,) * 3)
    return HookedViT(module, preprocessing=size, name=f"other-{prefix}")


BARE, WITH_CLS = make_other(0), make_other(1)
OTHERS = {"without prefix tokens": BARE, "with cls": WITH_CLS}


def patterns(model: HookedViT, picture: Any = PICTURE) -> np.ndarray:
    """Give what leaves the softmaxes of the plain module, ``(layer, head, q, k)``."""
    parts = [part for part in model.module.modules() if hasattr(part, "fused_attn")]
    pixels = prepare_image(picture, model.preprocessing).pixels
    for part in parts:
        part.fused_attn = False
    try:
        with torch.no_grad(), Softmaxes() as seen:
            model.module(pixels)
    finally:
        for part in parts:
            part.fused_attn = True
    return torch.cat(seen.patterns).numpy()


def same_place(row: int, column: int) -> tuple[int, int]:
    """Give the patch of 6 x 4 that holds the centre of one of 3 x 5."""
    down = Fraction(2 * row + 1, 2 * ROWS) * 6
    across = Fraction(2 * column + 1, 2 * COLUMNS) * 4
    return int(down), int(across)


def close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=2e-6)


def test_another_image_is_run_through_the_same_model() -> None:
    tour = AttentionHeadTour(PLAIN, PICTURE, compare=ELSEWHERE, query=9)
    close(tour.results, patterns(PLAIN)[:, :, 9])
    tour.side = 1
    close(tour.results, patterns(PLAIN, ELSEWHERE)[:, :, 9])
    tour.direction = "column"
    close(tour.results, patterns(PLAIN, ELSEWHERE)[..., 9])
    (beside,) = tour.compared
    seen = prepare_image(ELSEWHERE, PLAIN.preprocessing).picture
    np.testing.assert_array_equal(beside["picture"], seen)
    assert beside["model_name"] == tour.model_name == PLAIN.name


@pytest.mark.parametrize("direction", ["row", "column"])
@pytest.mark.parametrize("name", OTHERS)
def test_another_model_is_seen_from_the_patch_at_the_same_place(
    name: str, direction: str
) -> None:
    other = OTHERS[name]
    truth = patterns(other)
    prefix = truth.shape[-1] - 24
    tour = AttentionHeadTour(
        PLAIN, PICTURE, compare=other, side=1, query=PREFIX, direction=direction
    )
    for row in range(ROWS):
        for column in range(COLUMNS):
            tour.query = PREFIX + row * COLUMNS + column
            down, across = same_place(row, column)
            token = prefix + 4 * down + across
            sliced = truth[:, :, token] if direction == "row" else truth[..., token]
            close(tour.results, sliced)


def test_a_region_is_the_patches_at_its_places_each_once() -> None:
    truth = patterns(BARE)
    tour = AttentionHeadTour(
        PLAIN, PICTURE, compare=BARE, side=1, query=PREFIX, region=[0, 1, 2, 4]
    )
    places = {same_place(row, column) for row in range(3) for column in range(1, 5)}
    tokens = sorted(4 * down + across for down, across in places)
    assert len(tokens) < 12
    close(tour.results, truth[:, :, tokens].mean(2))


def test_prefix_tokens_are_matched_by_name() -> None:
    tour = AttentionHeadTour(PLAIN, PICTURE, compare=WITH_CLS, side=1, query=0)
    close(tour.results, patterns(WITH_CLS)[:, :, 0])
    tour.query = 1
    with pytest.raises(ValueError, match=r"other-1 has no token reg0; choose another"):
        _ = tour.results
    tour.side = 0
    close(tour.results, patterns(PLAIN)[:, :, 1])


def test_a_pair_is_a_model_on_an_image() -> None:
    tour = AttentionHeadTour(PLAIN, PICTURE, compare=(BARE, ELSEWHERE), query=10)
    tour.side = 1
    row, column = divmod(10 - PREFIX, COLUMNS)
    down, across = same_place(row, column)
    close(tour.results, patterns(BARE, ELSEWHERE)[:, :, 4 * down + across])


def test_a_bare_module_can_be_compared() -> None:
    module = make_other(0).module
    module.pretrained_cfg = {"input_size": (3, 48, 32)}
    tour = AttentionHeadTour(PLAIN, PICTURE, compare=module, query=PREFIX)
    assert tour.compared[0]["n_layers"] == 2


def test_the_page_is_told_of_both_sides(page: Any) -> None:
    tour = AttentionHeadTour(PLAIN, PICTURE, compare=WITH_CLS, query=PREFIX + 7)
    (state,) = (
        m["data"]["state"]
        for m in page.received
        if m["kind"] == "comm_open" and "n_layers" in m["data"]["state"]
    )
    (beside,) = state["compared"]
    sizes = {name: beside[name] for name in ("n_layers", "n_heads", "n_tokens")}
    assert sizes == {"n_layers": 2, "n_heads": 3, "n_tokens": 25}
    assert (tuple(beside["grid"]), beside["prefix_tokens"]) == ((6, 4), ["cls"])
    # Patch (1, 2) of 3 x 5 is centred on (1/2, 1/2): patch (3, 2) of 6 x 4.
    assert beside["opening_query"] == 1 + 3 * 4 + 2
    assert beside["opening_codes"]["shape"] == [2, 3, 25]
    opening = tour.compared[0]
    decoded = opening["opening_scales"] * (opening["opening_codes"] / 255) ** 2
    near(decoded, patterns(WITH_CLS)[:, :, 15])


def test_requests_are_answered_for_either_side(page: Any) -> None:
    tour = AttentionHeadTour(PLAIN, PICTURE, compare=BARE)
    truth = patterns(BARE)
    seen = {"side": 1, "shown": "pattern"}
    arguments = {"query": PREFIX + 6, "direction": "row", "region": []}
    rows = page.ask(tour, "rows", **seen, **arguments)
    down, across = same_place(1, 1)
    near(rows["scales"] * (rows["codes"] / 255) ** 2, truth[:, :, 4 * down + across])
    layer = page.ask(tour, "attention", **seen, layer=1)
    near(layer["scales"][..., None] * (layer["codes"] / 255) ** 2, truth[1])
    head = page.ask(tour, "head", **seen, layer=1, head=2)
    near(head["scales"][..., None] * (head["codes"] / 255) ** 2, truth[1, 2])
    value = page.ask(tour, "value", **seen, layer=0, head=2, query=23, key=4)
    assert abs(value["value"] - truth[0, 2, 23, 4]) < 2e-6


def near(decoded: np.ndarray, truth: np.ndarray) -> None:
    allowed = truth.max(-1, keepdims=True) * WORST_ERROR + 2e-6
    assert (np.abs(decoded - truth) <= allowed).all()


@pytest.mark.parametrize(
    ("kind", "arguments", "fault"),
    [
        ("attention", {"layer": 2}, "layer=2 doesn't exist"),
        ("head", {"layer": 0, "head": 3}, "head=3 doesn't exist"),
        ("value", {"layer": 0, "head": 0, "query": 24, "key": 0}, "query=24 doesn't"),
        (
            "rows",
            {"query": 0, "direction": "row", "region": []},
            "other-0 has no token cls; choose another one",
        ),
    ],
)
def test_what_the_other_side_has_not_is_said(
    page: Any, kind: str, arguments: dict[str, Any], fault: str
) -> None:
    tour = AttentionHeadTour(PLAIN, PICTURE, compare=BARE)
    answer = page.ask(tour, kind, side=1, shown="pattern", **arguments)
    assert fault in answer["error"]
    answer = page.ask(tour, kind, side=2, shown="pattern", **arguments)
    assert "side=2 doesn't exist: side is 0 to 1" in answer["error"]


def test_there_is_no_second_side_without_a_comparison(page: Any) -> None:
    tour = AttentionHeadTour(PLAIN, PICTURE)
    with pytest.raises(TraitError, match="side=1 doesn't exist: side is 0 to 0"):
        tour.side = 1
    page.set(tour, side=1)
    assert tour.side == 0
    assert "side=1" in page.messages("refused")[0]["message"]


NONSENSE: list[tuple[Any, type[Exception], str]] = [
    (5, ImageError, "int 5 is not an image"),
    ([PICTURE, PICTURE], ImageError, "list .* is not an image"),
    ((), TypeError, "compare: another image, another model, or a pair"),
    ((PLAIN,), TypeError, "a tuple of HookedViT is none"),
    ((PICTURE, PLAIN), TypeError, "a tuple of Image, HookedViT is none"),
    ((PLAIN, PICTURE, PICTURE), TypeError, "HookedViT, Image, Image is none"),
    ((PLAIN, "no/such/file.png"), ImageError, "no/such/file.png"),
    (torch.nn.Linear(3, 3), TypeError, "Linear"),
    (HookedViT(BARE.module, name="bare"), ValueError, "came without preprocessing"),
]


@pytest.mark.parametrize(("compare", "error", "fault"), NONSENSE)
def test_nonsense_beside_it_opens_nothing(
    page: Any, compare: Any, error: type[Exception], fault: str
) -> None:
    before = len(ipywidgets.widgets.widget._instances)
    with pytest.raises(error, match=fault):
        AttentionHeadTour(PLAIN, PICTURE, compare=compare)
    assert len(ipywidgets.widgets.widget._instances) == before
    assert page.received == []


def test_a_model_in_training_mode_beside_it_is_refused_and_stays_so() -> None:
    other = make_other(0)
    other.module.train()
    with pytest.raises(ModelStateError, match="eval"):
        AttentionHeadTour(PLAIN, PICTURE, compare=other)
    assert other.module.training


def test_an_open_file_is_read_once_for_both_models_and_the_measurements() -> None:
    file = io.BytesIO()
    PICTURE.save(file, "PNG")
    file.seek(0)
    tour = AttentionHeadTour(PLAIN, file, compare=BARE, side=1, query=PREFIX)
    down, across = same_place(0, 0)
    close(tour.results, patterns(BARE)[:, :, 4 * down + across])
    assert tour.measurements.over == "this image alone"


def test_a_file_that_is_gone_can_still_be_measured(tmp_path: Path) -> None:
    PICTURE.save(tmp_path / "picture.png")
    tour = AttentionHeadTour(PLAIN, tmp_path / "picture.png")
    (tmp_path / "picture.png").unlink()
    assert tour.measurements.statistics.n_images == 1


def test_closing_frees_both_sides() -> None:
    tour = AttentionHeadTour(PLAIN, PICTURE, compare=BARE, query=PREFIX)
    tour.close()
    for side in (0, 1):
        tour.side = side
        with pytest.raises(RuntimeError, match="this tour was closed"):
            _ = tour.results
