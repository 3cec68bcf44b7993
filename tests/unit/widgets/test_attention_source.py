from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from timm.models.eva import Eva
from timm.models.vision_transformer import VisionTransformer
from timm.models.vision_transformer_relpos import VisionTransformerRelPos
from torch.overrides import TorchFunctionMode
from traitlets import TraitError

from tests.parity.variants import build
from vitwidgets.images import Preprocessing, prepare_image
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.widgets import attention_source
from vitwidgets.widgets.attention_source import SHOWN, AttentionSource
from vitwidgets.wire import BadRequestError

ROWS, COLUMNS = 3, 5
SIZES: dict[str, Any] = {
    "img_size": (8 * ROWS, 8 * COLUMNS),
    "patch_size": 8,
    "embed_dim": 32,
    "depth": 3,
    "num_heads": 4,
    "num_classes": 5,
}
MODULES = {
    "registers": lambda: VisionTransformer(**SIZES, reg_tokens=2),
    "q and k normed": lambda: VisionTransformer(**SIZES, qk_norm=True),
    "turned positions": lambda: Eva(**SIZES, use_rot_pos_emb=True, swiglu_mlp=True),
    "bias by distance": lambda: VisionTransformerRelPos(**SIZES, global_pool="avg"),
}
PICTURE = Image.fromarray(
    np.random.default_rng(3).integers(0, 256, (8 * ROWS, 8 * COLUMNS, 3), np.uint8)
)


def preprocessing(height: int, width: int) -> Preprocessing:
    return Preprocessing(
        input_size=(height, width),
        interpolation="bicubic",
        crop_pct=1.0,
        crop_mode="squash",
        mean=(0.5, 0.4, 0.3),
        std=(0.2, 0.3, 0.4),
    )


def make(name: str) -> HookedViT:
    """Give a model whose attention is far from uniform."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module: Any = MODULES[name]().eval()
        with torch.no_grad():
            for path, weight in module.named_parameters():
                if weight.ndim > 1 and "attn" in path:
                    weight.normal_(std=1.5 * weight[0].numel() ** -0.5)
    size = preprocessing(*SIZES["img_size"])
    return HookedViT(module, preprocessing=size, name=name)


MODELS = {name: make(name) for name in MODULES}


class Softmaxes(TorchFunctionMode):
    """What goes into the softmax of each block, and what comes out."""

    def __init__(self) -> None:
        super().__init__()
        self.scores: list[torch.Tensor] = []
        self.patterns: list[torch.Tensor] = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if func is torch.Tensor.softmax:
            self.scores.append(args[0])
            self.patterns.append(out)
        return out


def plain_attention(model: HookedViT) -> dict[str, np.ndarray]:
    """Give scores and patterns of the module itself, its fused attention off."""
    parts = [part for part in model.module.modules() if hasattr(part, "fused_attn")]
    pixels = prepare_image(PICTURE, model.preprocessing).pixels
    for part in parts:
        part.fused_attn = False
    try:
        with torch.no_grad(), Softmaxes() as seen:
            model.module(pixels)
    finally:
        for part in parts:
            part.fused_attn = True
    return {
        "scores": torch.cat(seen.scores).numpy(),
        "pattern": torch.cat(seen.patterns).numpy(),
    }


def plain_written(model: HookedViT, patterns: np.ndarray) -> np.ndarray:
    """Give the length of each term of each head, one at a time."""
    module: Any = model.module
    pixels = prepare_image(PICTURE, model.preprocessing).pixels
    found = np.zeros(patterns.shape)
    with torch.no_grad():
        x = module.norm_pre(module._pos_embed(module.patch_embed(pixels)))
        for layer, block in enumerate(module.blocks):
            packed = block.attn.qkv(block.norm1(x))[0].reshape(-1, 3, 4, 8)
            out = block.attn.proj.weight.reshape(32, 4, 8)
            for head in range(4):
                for key, vector in enumerate(packed[:, 2, head]):
                    length = np.linalg.norm((out[:, head] @ vector).double().numpy())
                    column = patterns[layer, head, :, key]
                    found[layer, head, :, key] = column * length
            x = block(x)
    return found


def plain_rollout(patterns: np.ndarray) -> np.ndarray:
    total, found = np.eye(patterns.shape[-1]), []
    for heads in patterns:
        total = (heads.mean(0) + np.eye(len(total))) / 2 @ total
        found.append(total[None])
    return np.stack(found)


def truth_of(model: HookedViT) -> dict[str, np.ndarray]:
    found = plain_attention(model)
    found["written"] = plain_written(model, found["pattern"])
    found["rollout"] = plain_rollout(found["pattern"])
    return found


PLAIN = MODELS["registers"]
TRUTH = truth_of(PLAIN)
SOURCE = AttentionSource(PLAIN, PICTURE)


def assert_gives(source: AttentionSource, shown: str, truth: np.ndarray) -> None:
    """Compare every way of reading with the whole truth, ``(layer, head, q, k)``."""

    def close(found: Any, expected: Any) -> None:
        atol = 2e-6 * np.abs(truth).max()
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=atol)

    for tokens in ([0], [7], [5, 6, 10, 11]):
        close(source.rows(shown, tokens, "row"), truth[:, :, tokens].mean(2))
        close(source.rows(shown, tokens, "column"), truth[..., tokens].mean(-1))
    for layer, maps in enumerate(truth):
        close(source.layer(shown, layer), maps)
        close(source.head(shown, layer, len(maps) - 1), maps[-1])
    head = source.heads(shown) - 1
    close(source.value(shown, 1, head, 2, 9), truth[1, head, 2, 9])


@pytest.mark.parametrize("shown", ["pattern", "scores"])
@pytest.mark.parametrize("name", MODULES)
def test_patterns_and_scores_are_the_softmaxs_own(name: str, shown: str) -> None:
    truth = plain_attention(MODELS[name])[shown]
    assert truth.std() > 0.01 * np.abs(truth).max()
    assert_gives(AttentionSource(MODELS[name], PICTURE), shown, truth)


@pytest.mark.parametrize("shown", ["written", "rollout"])
def test_what_is_written_and_rolled_out_is_the_papers(shown: str) -> None:
    assert_gives(AttentionSource(PLAIN, PICTURE), shown, TRUTH[shown])


def test_it_says_what_it_is_of() -> None:
    sizes = SOURCE.n_layers, SOURCE.n_heads, SOURCE.n_tokens
    assert sizes == (3, 4, 3 + ROWS * COLUMNS)
    assert [SOURCE.heads(shown) for shown in SHOWN] == [4, 4, 4, 1]
    np.testing.assert_array_equal(SOURCE.picture, np.array(PICTURE))


class Largest(TorchFunctionMode):
    """The largest tensor that is made, in numbers."""

    numel = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if isinstance(out, torch.Tensor):
            self.numel = max(self.numel, out.numel())
        return out


@pytest.mark.parametrize("shown", ["pattern", "scores", "written"])
@pytest.mark.parametrize("direction", ["row", "column"])
def test_one_token_takes_no_square(shown: str, direction: str) -> None:
    module = VisionTransformer(**{**SIZES, "img_size": 160, "patch_size": 8})
    size = preprocessing(160, 160)
    source = AttentionSource(HookedViT(module.eval(), preprocessing=size), PICTURE)
    source.rows(shown, [0], direction)
    with Largest() as made:
        source.rows(shown, [7], direction)
    assert made.numel <= source.n_tokens * 3 * 32


def test_reading_keeps_no_squares() -> None:
    source = AttentionSource(PLAIN, PICTURE)
    before = source._parts.cache.nbytes
    for shown in ("pattern", "scores"):
        for layer in range(3):
            source.layer(shown, layer)
        source.rows(shown, [1, 2], "column")
    assert source._parts.cache.nbytes == before


def test_numbers_that_somebody_changes_stay_what_they_are() -> None:
    source = AttentionSource(PLAIN, PICTURE)
    for shown in SHOWN:
        before = source.layer(shown, 1).copy()
        source.layer(shown, 1)[:] = 7
        np.testing.assert_array_equal(source.layer(shown, 1), before)


@pytest.mark.parametrize("ending", ["pattern", "attn_scores"])
def test_hooks_at_the_opening_hold_for_all_that_is_shown(ending: str) -> None:
    name = f"blocks.1.attn.hook_{ending}"
    uniform = 1 / PLAIN.grid.n_tokens
    value = uniform if ending == "pattern" else 0.25
    with PLAIN.hooks([(name, lambda was, _: torch.full_like(was, value))]):
        source = AttentionSource(PLAIN, PICTURE)
    lengths = TRUTH["written"][1] / TRUTH["pattern"][1]
    expected = {
        "pattern": np.full_like(TRUTH["pattern"][1], uniform),
        "scores": TRUTH["scores"][1] if ending == "pattern" else 0.25,
        "written": uniform * lengths,
    }
    for shown, truth in expected.items():
        atol = 1e-5 * np.abs(truth).max()
        np.testing.assert_allclose(source.layer(shown, 1), truth, atol=atol)
        column = source.rows(shown, [4], "column")[1]
        np.testing.assert_allclose(column, source.layer(shown, 1)[..., 4], rtol=1e-5)


def test_what_a_gate_hides_is_refused_with_the_reason() -> None:
    model = HookedViT(build("gated attention"), preprocessing=preprocessing(32, 32))
    source = AttentionSource(model, PICTURE)
    assert source.rows("scores", [0], "row").shape == (3, 4, 17)
    with pytest.raises(UnsupportedModelError, match="a norm or a gate comes"):
        source.layer("written", 0)
    with pytest.raises(UnsupportedModelError, match="a norm or a gate comes"):
        source.value("written", 0, 0, 0, 0)


@pytest.mark.parametrize("shown", SHOWN)
def test_bytes_are_those_of_all_encoded_layers(shown: str) -> None:
    layers = [SOURCE.encoded(SOURCE.layer(shown, each), shown) for each in range(3)]
    sent = sum(array.nbytes for layer in layers for array in layer.values())
    assert SOURCE.attention_bytes(shown) == sent


def decoded(sent: dict[str, np.ndarray], shown: str) -> np.ndarray:
    shares = sent["codes"].astype(np.float64) / 255
    if shown == "scores":
        return sent["lows"] + sent["scales"] * shares
    assert "lows" not in sent
    return sent["scales"] * shares**2


@pytest.mark.parametrize("shown", SHOWN)
def test_encoded_rows_decode_to_the_values(shown: str) -> None:
    values = SOURCE.rows(shown, [3, 4], "column")
    sent = SOURCE.encoded_rows(values, shown)
    assert sent["codes"].shape == values.shape
    assert sent["scales"].shape == (*values.shape[:2], 1)
    allowed = 0.004 * (values.max(-1) - np.minimum(values.min(-1), 0))[..., None]
    assert (np.abs(decoded(sent, shown) - values) <= allowed).all()


@pytest.mark.parametrize("shown", SHOWN)
def test_an_encoded_head_has_a_scale_for_each_query(shown: str) -> None:
    sent = SOURCE.encoded(SOURCE.head(shown, 2, 0), shown)
    shapes = {name: array.shape for name, array in sent.items()}
    assert shapes.pop("codes") == (18, 18)
    assert set(shapes.values()) == {(18,)}


def test_tokens_of_a_query_and_of_a_region() -> None:
    assert SOURCE.tokens(np.int64(2)) == [2]
    assert SOURCE.tokens(17, []) == [17]
    # Three prefix tokens, then rows of five patches.
    assert SOURCE.tokens(2, [1, 3, 2, 4]) == [3 + 8, 3 + 9, 3 + 13, 3 + 14]
    assert SOURCE.tokens(2, (0, 0, 2, 4)) == list(range(3, 18))


@pytest.mark.parametrize(
    "region",
    [
        [0, 0, 1],
        [0, 0, 3, 1],
        [0, 0, 1, 5],
        [-1, 0, 1, 1],
        [2, 0, 1, 1],
        [0, 3, 1, 2],
        [0, 0, 1.0, 1],
        [0, 0, True, 1],
        [None] * 4,
        "abcd",
        4,
    ],
)
def test_a_region_that_is_none_is_refused(region: object) -> None:
    with pytest.raises(TraitError, match=r"region=.* rows from 0 to 2 and columns"):
        SOURCE.tokens(0, region)


@pytest.mark.parametrize(
    ("read", "error", "message"),
    [
        (lambda s: s.tokens(18), TraitError, "query=18 .*0 to 17"),
        (lambda s: s.layer("pattern", 3), TraitError, "layer=3 .*0 to 2"),
        (lambda s: s.head("pattern", 0, 4), TraitError, "head=4 .*0 to 3"),
        (lambda s: s.head("rollout", 0, 1), TraitError, "head=1 .*0 to 0"),
        (lambda s: s.value("written", 0, 0, 0, -1), TraitError, "key=-1"),
        (lambda s: s.value("scores", 0, 0, "1", 0), TraitError, "query='1'"),
        (lambda s: s.layer("values", 0), BadRequestError, "shown='values': pattern,"),
        (lambda s: s.rows("", [0], "row"), BadRequestError, "shown=''"),
        (lambda s: s.encoded(np.eye(2), "map"), BadRequestError, "shown='map'"),
        (lambda s: s.rows("scores", [0], "up"), BadRequestError, "direction='up'"),
    ],
)
def test_what_does_not_exist_is_said(
    read: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        read(SOURCE)


def test_a_closed_source_says_so() -> None:
    source = AttentionSource(PLAIN, PICTURE)
    for shown in SHOWN:
        source.layer(shown, 0)
    source.close()
    for shown in SHOWN:
        with pytest.raises(RuntimeError, match="this tour was closed; make a new"):
            source.rows(shown, [0], "row")


def test_a_rollout_is_made_once_however_many_ask(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[int] = []
    rollouts = attention_source.attention_rollouts
    monkeypatch.setattr(
        attention_source,
        "attention_rollouts",
        lambda patterns: made.append(1) or rollouts(patterns),
    )
    source, gate = AttentionSource(PLAIN, PICTURE), threading.Barrier(8)
    found: list[np.ndarray] = []

    def ask() -> None:
        gate.wait()
        found.append(source.layer("rollout", 2))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]
    for each in found:
        np.testing.assert_allclose(each, TRUTH["rollout"][2], atol=1e-6)


def test_a_module_is_hooked_and_one_without_preprocessing_is_refused() -> None:
    model = HookedViT(MODULES["registers"]().eval())
    model.preprocessing = None
    with pytest.raises(ValueError, match="came without preprocessing"):
        AttentionSource(model, PICTURE)
