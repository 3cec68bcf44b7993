"""A model's own preprocessing against timm's transform and against a formula."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import timm
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from timm.data import create_transform, resolve_data_config

from vitwidgets.images import ImageError, Preprocessing, prepare_image

IMAGENET = {
    "input_size": (3, 32, 32),
    "interpolation": "bicubic",
    "crop_pct": 0.9,
    "crop_mode": "center",
    "mean": (0.485, 0.456, 0.406),
    "std": (0.229, 0.224, 0.225),
}


def noise(width, height, seed=0):
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


def assert_as_timm(image, config):
    """Compare with timm's transform of the same configuration, bit for bit."""
    prepared = prepare_image(image, Preprocessing.from_timm_config(config))
    pixels = create_transform(**config, is_training=False)(image)
    levels = create_transform(**config, is_training=False, normalize=False)(image)
    assert prepared.pixels.dtype == torch.float32
    assert torch.equal(prepared.pixels, pixels[None])
    assert prepared.picture.dtype == np.uint8
    np.testing.assert_array_equal(prepared.picture, levels.permute(1, 2, 0).numpy())


@pytest.mark.parametrize(
    "name",
    [
        "vit_tiny_patch16_224",
        "vit_base_patch16_clip_224.openai",
        "vit_base_patch16_siglip_224.webli",
        "vit_base_patch16_384.orig_in21k_ft_in1k",
        "test_vit",
    ],
)
@pytest.mark.parametrize("size", [(640, 427), (31, 200)])
def test_models_of_timm(name, size):
    config = timm.get_pretrained_cfg(name).to_dict()
    assert_as_timm(noise(*size), resolve_data_config(pretrained_cfg=config))


@settings(max_examples=100, deadline=None)
@given(
    size=st.tuples(st.integers(8, 200), st.integers(8, 200)),
    input_size=st.tuples(st.just(3), st.integers(8, 40), st.integers(8, 40)),
    interpolation=st.sampled_from(["nearest", "bilinear", "bicubic", "lanczos", "box"]),
    crop_pct=st.floats(0.5, 2),
    crop_mode=st.sampled_from(["center", "squash", "border"]),
    mean=st.tuples(*[st.floats(0, 1)] * 3),
    std=st.tuples(*[st.floats(0.01, 2)] * 3),
)
def test_any_configuration(size, **config):
    try:
        create_transform(**config, is_training=False)(noise(*size))
    except ValueError:
        # Nothing is left of a thin image at the size of a tiny model.
        with pytest.raises(ImageError, match="cannot be scaled"):
            prepare_image(noise(*size), Preprocessing.from_timm_config(config))
    else:
        assert_as_timm(noise(*size), config)


def test_against_the_formula():
    image = noise(48, 32)
    config = IMAGENET | {"crop_pct": 1.0, "crop_mode": "squash"}
    prepared = prepare_image(image, Preprocessing.from_timm_config(config))
    levels = np.asarray(image.resize((32, 32), Image.Resampling.BICUBIC))
    expected = (levels / 255 - config["mean"]) / config["std"]
    np.testing.assert_array_equal(prepared.picture, levels)
    got = prepared.pixels[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(got, expected, atol=1e-6)


def test_every_level_of_every_colour_is_recovered():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    image = Image.fromarray(np.stack([levels, levels.T, 255 - levels], -1))
    config = IMAGENET | {"input_size": (3, 16, 16), "crop_pct": 1.0}
    prepared = prepare_image(image, Preprocessing.from_timm_config(config))
    np.testing.assert_array_equal(prepared.picture, np.asarray(image))


def test_a_model_card_says_the_same_in_json():
    from_card = Preprocessing.from_timm_config(json.loads(json.dumps(IMAGENET)))
    assert from_card == Preprocessing.from_timm_config(IMAGENET)
    assert from_card.input_size == (32, 32)


def test_it_is_frozen():
    preprocessing = Preprocessing.from_timm_config(IMAGENET)
    with pytest.raises(dataclasses.FrozenInstanceError):
        preprocessing.crop_pct = 1.0


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("input_size", (224, 224), "input_size is"),
        ("input_size", (1, 32, 32), "takes 1 channels .*RGB"),
        ("input_size", (3, 7, 32), r"input_size is \(7, 32\)"),
        ("input_size", (3, True, 32), r"input_size is \(True, 32\)"),
        ("input_size", (3, 32.0, 32), r"input_size is \(32\.0, 32\)"),
        ("input_size", (3, 10**6, 32), "input_size is"),
        ("input_size", 32, "input_size is 32"),
        ("interpolation", "random", "interpolation is 'random'; give nearest or"),
        ("interpolation", None, "interpolation is None"),
        ("crop_pct", 0, "crop_pct is 0"),
        ("crop_pct", float("nan"), "crop_pct is nan"),
        ("crop_pct", "0.9", "crop_pct is '0.9'"),
        ("crop_mode", "centre", "crop_mode is 'centre'; give center or"),
        ("mean", (0.5,), r"mean is \(0\.5,\)"),
        ("mean", (0.5, 0.5, 123.0), "mean is"),
        ("mean", None, "mean is None"),
        ("std", (0.5, 0.5, 0.0), "std is"),
        ("std", (0.5, 0.5, float("inf")), "std is"),
        ("std", "abc", "std is 'abc'"),
    ],
)
def test_each_wrong_field_is_named(field, value, message):
    with pytest.raises(ValueError, match=message):
        Preprocessing.from_timm_config(IMAGENET | {field: value})


def test_missing_fields_are_named():
    with pytest.raises(ValueError, match=r"lacks crop_pct, std .*mean"):
        Preprocessing.from_timm_config(
            {k: v for k, v in IMAGENET.items() if k not in ("crop_pct", "std")}
        )


@pytest.mark.parametrize("preprocessing", [None, IMAGENET])
def test_no_preprocessing_is_told_how_to_get_one(preprocessing):
    with pytest.raises(TypeError, match="from_timm_config"):
        prepare_image(noise(8, 8), preprocessing)


def test_a_bad_image_is_refused():
    with pytest.raises(ImageError, match="1 x 1"):
        prepare_image(noise(1, 1), Preprocessing.from_timm_config(IMAGENET))
