from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import ipywidgets
import numpy as np
import pytest
import timm
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from timm.layers import Attention
from timm.models.vision_transformer import VisionTransformer
from traitlets import TraitError

from vitwidgets.images import Preprocessing
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import ModelStateError, UnsupportedModelError
from vitwidgets.widgets import AttentionHeadTour
from vitwidgets.wire.quantisation import WORST_ERROR

LAYERS, HEADS, PREFIX, ROWS, COLUMNS = 3, 4, 2, 3, 5
TOKENS = PREFIX + ROWS * COLUMNS
PREPROCESSING = Preprocessing(
    input_size=(24, 40),
    interpolation="bicubic",
    crop_pct=1.0,
    crop_mode="squash",
    mean=(0.5, 0.4, 0.3),
    std=(0.2, 0.3, 0.4),
)


def make_module() -> VisionTransformer:
    torch.manual_seed(0)
    module = VisionTransformer(
        img_size=(24, 40),
        patch_size=8,
        embed_dim=32,
        depth=LAYERS,
        num_heads=HEADS,
        num_classes=5,
        reg_tokens=1,
        no_embed_class=True,
    ).eval()
    with torch.no_grad():
        for block in module.blocks:
            block.attn.qkv.weight.mul_(12)
    return module


MODULE = make_module()
MODEL = HookedViT(MODULE, preprocessing=PREPROCESSING, name="tiny")
PICTURE = Image.fromarray(
    np.random.default_rng(3).integers(0, 256, (24, 40, 3), np.uint8),
)


def eager_patterns() -> np.ndarray:
    """Attention of the plain module with its fused path off: the definition."""
    module = make_module()
    seen: list[torch.Tensor] = []
    for part in module.modules():
        if isinstance(part, Attention):
            part.fused_attn = False
            part.attn_drop.register_forward_pre_hook(
                lambda _module, inputs: seen.append(inputs[0]),
            )
    pixels = torch.from_numpy(np.array(PICTURE)).permute(2, 0, 1).float() / 255
    mean = torch.tensor(PREPROCESSING.mean)[:, None, None]
    std = torch.tensor(PREPROCESSING.std)[:, None, None]
    with torch.no_grad():
        module(((pixels - mean) / std)[None])
    return torch.cat(seen).numpy()


PATTERNS = eager_patterns()
ANY_TOUR = AttentionHeadTour(MODEL, PICTURE)
SEEN = {"side": 0, "shown": "pattern"}


@pytest.fixture
def tour(page: Any) -> AttentionHeadTour:
    return AttentionHeadTour(MODEL, PICTURE)


def assert_decodes(codes: np.ndarray, scales: np.ndarray, truth: np.ndarray) -> None:
    decoded = scales * (codes.astype(np.float64) / 255) ** 2
    allowed = truth.max(-1, keepdims=True) * WORST_ERROR + 2e-6
    assert (np.abs(decoded - truth) <= allowed).all()


def test_it_opens_with_everything_the_first_picture_needs(page: Any) -> None:
    AttentionHeadTour(MODEL, PICTURE, query=4)
    opened = [
        m["data"]["state"]
        for m in page.received
        if m["kind"] == "comm_open" and "n_layers" in m["data"]["state"]
    ]
    (state,) = opened
    assert (state["n_layers"], state["n_heads"], state["n_tokens"]) == (3, 4, TOKENS)
    assert tuple(state["grid"]) == (ROWS, COLUMNS)
    assert state["prefix_tokens"] == ["cls", "reg0"]
    assert (state["query"], state["opening_query"]) == (4, 4)
    assert state["layer"] == LAYERS - 1
    assert state["opening_codes"]["shape"] == [LAYERS, HEADS, TOKENS]
    assert state["picture"]["shape"] == [24, 40, 3]


@pytest.mark.parametrize("direction", ["row", "column"])
def test_opening_rows_are_the_plain_models_attention(direction: str, page: Any) -> None:
    tour = AttentionHeadTour(MODEL, PICTURE, query=7, direction=direction)
    truth = PATTERNS[:, :, 7] if direction == "row" else PATTERNS[:, :, :, 7]
    assert_decodes(tour.opening_codes, tour.opening_scales, truth)
    assert tour.opening_direction == direction
    np.testing.assert_allclose(tour.results, truth, atol=2e-6)


def test_the_picture_is_what_the_model_saw(tour: AttentionHeadTour) -> None:
    np.testing.assert_array_equal(tour.picture, np.asarray(PICTURE))


def test_the_page_gets_whole_layers(tour: AttentionHeadTour, page: Any) -> None:
    for layer in range(LAYERS):
        answer = page.ask(tour, "attention", **SEEN, layer=layer)
        assert_decodes(answer["codes"], answer["scales"][..., None], PATTERNS[layer])


@pytest.mark.parametrize("direction", ["row", "column"])
def test_the_page_gets_rows(tour: AttentionHeadTour, page: Any, direction: str) -> None:
    answer = page.ask(tour, "rows", **SEEN, query=9, direction=direction, region=[])
    truth = PATTERNS[:, :, 9] if direction == "row" else PATTERNS[:, :, :, 9]
    assert_decodes(answer["codes"], answer["scales"], truth)


def test_the_page_gets_exact_values(tour: AttentionHeadTour, page: Any) -> None:
    for layer, head, query, key in [(0, 0, 0, 0), (2, 3, 1, 16), (1, 2, 16, 5)]:
        got = page.ask(
            tour, "value", **SEEN, layer=layer, head=head, query=query, key=key
        )
        assert abs(got["value"] - PATTERNS[layer, head, query, key]) < 2e-6


def test_a_small_budget_sends_rows_only(page: Any) -> None:
    needed = LAYERS * HEADS * TOKENS * (TOKENS + 4)
    at = AttentionHeadTour(MODEL, PICTURE, payload_budget=needed)
    below = AttentionHeadTour(MODEL, PICTURE, payload_budget=needed - 1)
    assert (at.delivery, below.delivery) == ("layers", "rows")


@pytest.mark.parametrize(
    ("kind", "arguments", "fault"),
    [
        ("attention", {"layer": 3}, "layer=3 doesn't exist: layer is 0 to 2"),
        ("attention", {"layer": True}, "layer=True"),
        ("attention", {}, "missing a required argument: 'layer'"),
        ("attention", {"layer": 0, "more": 1}, "unexpected keyword argument 'more'"),
        (
            "rows",
            {"query": TOKENS, "direction": "row", "region": []},
            f"query={TOKENS} doesn't",
        ),
        ("rows", {"query": 0, "direction": "up", "region": []}, "direction='up'"),
        ("rows", {"query": 0, "direction": "row", "region": [9]}, "region=[9]"),
        ("head", {"layer": 0, "head": HEADS}, "head=4 doesn't exist"),
        ("value", {"layer": 0, "head": 0, "query": 0, "key": -1}, "key=-1"),
        ("explode", {}, "'explode' is no request of AttentionHeadTour"),
    ],
)
def test_a_bad_request_is_answered_with_its_fault(
    tour: AttentionHeadTour,
    page: Any,
    kind: str,
    arguments: dict[str, Any],
    fault: str,
) -> None:
    assert fault in page.ask(tour, kind, **SEEN, **arguments)["error"]


BAD_STATE = [
    ("layer", LAYERS, "layer=3 doesn't exist: layer is 0 to 2"),
    ("head", -1, "head=-1"),
    ("query", TOKENS, "query=17 doesn't exist: query is 0 to 16"),
    ("query", 1.5, "query=1.5"),
    ("direction", "sideways", "sideways"),
    ("scale", "sqrt", "sqrt"),
    ("maximum", None, "None"),
]


@pytest.mark.parametrize(("name", "value", "fault"), BAD_STATE)
def test_python_setting_what_does_not_exist_changes_nothing(
    tour: AttentionHeadTour, name: str, value: object, fault: str
) -> None:
    before = repr(tour)
    with pytest.raises(TraitError, match=fault):
        setattr(tour, name, value)
    assert repr(tour) == before


@pytest.mark.parametrize(("name", "value", "fault"), BAD_STATE)
def test_the_page_setting_what_does_not_exist_is_told_and_put_right(
    tour: AttentionHeadTour, page: Any, name: str, value: object, fault: str
) -> None:
    before = repr(tour)
    page.set(tour, **{"maximum": "shared", name: value})
    assert repr(tour) == before
    (refusal,) = page.messages("refused")
    assert fault in refusal["message"]
    assert page.updates()[-1][name] == getattr(tour, name)
    assert page.updates()[-1]["maximum"] == "head"


def test_the_page_cannot_write_what_belongs_to_python(
    tour: AttentionHeadTour, page: Any
) -> None:
    page.set(tour, n_layers=99, layer=0)
    assert (tour.n_layers, tour.layer) == (LAYERS, LAYERS - 1)
    assert "n_layers belongs to Python" in page.messages("refused")[0]["message"]


@pytest.mark.parametrize("message", [{"type": "request"}, {"type": "request", "id": 3}])
def test_a_malformed_request_is_refused(
    tour: AttentionHeadTour, page: Any, message: dict[str, Any]
) -> None:
    page.send(tour, {"method": "custom", "content": message})
    assert "a request needs an id" in page.messages("refused")[0]["message"]


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(["layer", "head", "query"]),
    value=st.one_of(st.integers(-50, 50), st.floats(), st.text(max_size=3), st.none()),
)
def test_any_value_is_taken_whole_or_not_at_all(name: str, value: object) -> None:
    tour = ANY_TOUR
    size = {"layer": LAYERS, "head": HEADS, "query": TOKENS}[name]
    before = getattr(tour, name)
    if type(value) is int and 0 <= value < size:
        setattr(tour, name, value)
        assert getattr(tour, name) == value
    else:
        with pytest.raises(TraitError):
            setattr(tour, name, value)
        assert getattr(tour, name) == before


def test_traits_are_two_way_and_linkable(tour: AttentionHeadTour, page: Any) -> None:
    other = AttentionHeadTour(MODEL, PICTURE)
    ipywidgets.link((tour, "query"), (other, "query"))
    page.set(tour, query=5)
    assert other.query == 5
    other.query = np.int64(6)
    assert tour.query == 6
    assert page.updates()[-1] == {"query": 6}


def test_a_flood_of_updates_reaches_the_page_thinned_and_complete(
    tour: AttentionHeadTour, page: Any
) -> None:
    async def flood() -> None:
        for step in range(300):
            tour.query = step % TOKENS
            tour.head = step % HEADS
        await asyncio.sleep(0.1)

    start = len(page.updates())
    asyncio.run(flood())
    sent = page.updates()[start:]
    assert 1 < len(sent) < 60
    merged: dict[str, Any] = {}
    for state in sent:
        merged |= state
    assert merged == {"query": 299 % TOKENS, "head": 299 % HEADS}


def test_unknown_state_is_named_with_what_there_is() -> None:
    with pytest.raises(TypeError, match="no state 'haed'; it has direction, head"):
        AttentionHeadTour(MODEL, PICTURE, haed=1)


@pytest.mark.parametrize("name", ["image", "lyer"])
def test_setting_what_it_has_not_is_an_error(
    tour: AttentionHeadTour, name: str
) -> None:
    with pytest.raises(AttributeError, match=f"no '{name}' to set; it has direction"):
        setattr(tour, name, 1)
    assert not hasattr(tour, name)


def test_bad_initial_state_opens_nothing(page: Any) -> None:
    with pytest.raises(TraitError, match="head=9"):
        AttentionHeadTour(MODEL, PICTURE, head=9)
    assert not [m for m in page.received if "n_layers" in str(m["data"])]


def test_a_model_without_preprocessing_says_what_to_do() -> None:
    bare = HookedViT(MODULE, name="bare")
    with pytest.raises(ValueError, match="bare came without preprocessing"):
        AttentionHeadTour(bare, PICTURE)


def test_a_model_in_training_mode_is_refused_and_stays_so() -> None:
    module = make_module()
    model = HookedViT(module, preprocessing=PREPROCESSING)
    module.train()
    with pytest.raises(ModelStateError, match="eval"):
        AttentionHeadTour(model, PICTURE)
    assert module.training
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in module.modules())


def test_another_kind_of_model_is_named() -> None:
    with pytest.raises(TypeError, match="Linear"):
        AttentionHeadTour(torch.nn.Linear(3, 3), PICTURE)


def test_closing_frees_the_activations_and_the_widgets() -> None:
    tour = AttentionHeadTour(MODEL, PICTURE)
    cache = weakref.ref(tour._sources[0]._parts.cache)
    before = len(ipywidgets.widgets.widget._instances)
    tour.close()
    gc.collect()
    assert cache() is None
    assert len(ipywidgets.widgets.widget._instances) == before - 2
    with pytest.raises(RuntimeError, match="closed"):
        _ = tour.results


def test_two_tours_share_the_model_and_copy_no_weights(page: Any) -> None:
    first, second = AttentionHeadTour(MODEL, PICTURE), AttentionHeadTour(MODEL, PICTURE)
    assert first.model is second.model is MODEL
    assert MODEL.module is MODULE
    first.query = 3
    assert second.query == 0


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("samvit_base_patch16_224", "attend within windows"),
        ("cait_xxs24_224", "mix their patterns"),
        ("vit_dlittle_patch16_reg1_gap_256", "difference of two patterns"),
        ("vit_small_patch16_18x2_224", "several attentions side by side"),
    ],
)
def test_models_without_one_pattern_for_each_head_are_refused(name, reason):
    module = timm.create_model(name, depth=2).eval()
    picture = np.zeros((8, 8, 3), np.uint8)
    with pytest.raises(UnsupportedModelError, match=reason):
        AttentionHeadTour(module, picture)
    assert not any(part._forward_hooks for part in module.modules())
