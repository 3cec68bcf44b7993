"""Device, precision and image size, and the arguments that are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file
from timm.layers import resample_abs_pos_embed

from tests.unit.models.offline import downloaded, refuse_network
from vitwidgets.models import load_model
from vitwidgets.models.loading.load_model import CheckpointError


@pytest.fixture(autouse=True)
def no_network(monkeypatch, tmp_path):
    return refuse_network(monkeypatch, tmp_path)


@pytest.mark.parametrize("dtype", ["bfloat16", torch.bfloat16, "torch.bfloat16"])
def test_precision(dtype):
    torch.manual_seed(1)
    expected = timm.create_model("test_vit").eval().bfloat16()
    torch.manual_seed(1)
    model = load_model("test_vit", pretrained=False, dtype=dtype, device="cpu")
    images = torch.randn(1, 3, 160, 160, dtype=torch.bfloat16)
    with torch.inference_mode():
        assert torch.equal(model(images), expected(images))


def test_the_bundled_model_in_double_precision():
    half, whole = load_model(dtype="float64"), load_model()
    for name, tensor in whole.module.state_dict().items():
        assert torch.equal(half.module.state_dict()[name], tensor.double())


@pytest.mark.parametrize("dtype", ["int8", torch.int64, "bf16", 16, "float8_e4m3fn"])
def test_other_precisions_are_refused(dtype):
    with pytest.raises(ValueError, match=r"dtype is .*give one of float32, bfloat16"):
        load_model("test_vit", dtype=dtype)


@pytest.mark.parametrize("device", ["meta", "nowhere", "cuda:99", object()])
def test_a_bad_device_is_refused_before_anything_else(device, no_network):
    with pytest.raises(ValueError, match=r"the device .*leave device out for the CPU"):
        load_model("hf-hub:no/such", device=device)
    assert no_network == []


@pytest.mark.parametrize("pretrained", [None, 1, 0.5, ["x"]])
def test_what_pretrained_cannot_be(pretrained):
    with pytest.raises(TypeError, match="give True, False, or the path of a file"):
        load_model("test_vit", pretrained=pretrained)


def test_weights_in_memory_are_not_printed():
    state = timm.create_model("test_vit").state_dict()
    with pytest.raises(
        TypeError, match=r"is a OrderedDict.*HookedViT\(module"
    ) as caught:
        load_model("test_vit", pretrained=state)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("path", ["openai", Path("nowhere/x.safetensors"), ""])
def test_a_file_that_is_not_there(path, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(CheckpointError, match=r"there is no file|is a folder"):
        load_model("test_vit", pretrained=path)
    with pytest.raises(CheckpointError, match=r"is a folder.*local-dir:PATH"):
        load_model("test_vit", pretrained="empty")


@pytest.mark.parametrize("size", [0, -16, 2.5, "64", (64,), (64, 64, 3), True, 10**6])
def test_sizes_that_are_none(size):
    with pytest.raises(ValueError, match=r"image_size is .*\(height, width\)"):
        load_model("test_vit", image_size=size)


@pytest.mark.parametrize(
    ("name", "size", "near"),
    [
        ("test_vit", (100, 64), r"\(96, 64\) is"),
        ("test_vit", 8, r"\(16, 16\) is"),
        # Two patches of 32 fill 64 of these 90 pixels, and 90 is a multiple of 45.
        ("vit_tiny_patch16_224", 90, r"\(96, 96\) is"),
        ("emoji-vit", 100, r"\(96, 96\) is"),
    ],
)
def test_patches_have_to_fill_the_image(name, size, near):
    with pytest.raises(ValueError, match=rf"not a multiple of the patch size.*{near}"):
        load_model(name, pretrained=name == "emoji-vit", image_size=size)


def test_random_weights_at_another_size():
    torch.manual_seed(4)
    expected = timm.create_model("test_vit", img_size=(64, 96)).eval()
    torch.manual_seed(4)
    model = load_model("test_vit", pretrained=False, image_size=(64, 96))
    images = torch.randn(1, 3, 64, 96)
    with torch.inference_mode():
        assert torch.equal(model(images), expected(images))
    assert model.config.image_size == model.preprocessing.input_size == (64, 96)
    assert model.preprocessing.mean == tuple(expected.pretrained_cfg["mean"])


def resampled(trained, size):
    """Interpolate the positions of weights, as plain arithmetic on the table."""
    state = dict(trained.state_dict())
    grid = [side // 16 for side in size]
    state["pos_embed"] = resample_abs_pos_embed(
        state["pos_embed"], grid, num_prefix_tokens=trained.num_prefix_tokens
    )
    module = timm.create_model("test_vit", img_size=size).eval()
    module.load_state_dict(state)
    return module


def test_trained_positions_are_interpolated(tmp_path, no_network):
    trained = timm.create_model("test_vit").eval()
    snapshot = downloaded(tmp_path, "timm/test_vit.r160_in1k")
    save_file(trained.state_dict(), snapshot / "model.safetensors")
    model = load_model("test_vit", image_size=(96, 128))
    expected = resampled(trained, (96, 128))
    images = torch.randn(1, 3, 96, 128)
    with torch.inference_mode():
        assert torch.equal(model(images), expected(images))
    assert model.preprocessing.input_size == (96, 128)
    assert "state_dict" not in model.module.pretrained_cfg
    assert no_network == []


def test_the_bundled_model_at_another_size():
    small, large = load_model(), load_model(image_size=96)
    assert large.config.grid == (12, 12)
    assert large.preprocessing.input_size == (96, 96)
    assert large.class_names == small.class_names
    table = small.module.pos_embed
    prefix = small.config.n_prefix_tokens if table.shape[1] > 64 else 0
    expected = resample_abs_pos_embed(table, [12, 12], num_prefix_tokens=prefix)
    assert torch.equal(large.module.pos_embed, expected)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("cait_xxs24_224", "timm does not interpolate its trained positions"),
        ("naflexvit_base_patch16_gap", "it has no size of its own"),
    ],
)
def test_fixed_and_free_sizes_say_so_without_a_download(name, reason, no_network):
    with pytest.raises(ValueError, match=rf"{name} cannot take images .*{reason}"):
        load_model(name, image_size=256)
    assert no_network == []


def test_fixed_positions_start_at_any_size():
    model = load_model("cait_xxs24_224", pretrained=False, image_size=64)
    assert model.config.image_size == model.preprocessing.input_size == (64, 64)
