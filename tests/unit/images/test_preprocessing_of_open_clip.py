"""open_clip's preprocessing configurations against open_clip's own transform."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from open_clip import get_pretrained_cfg, image_transform, list_pretrained
from open_clip.transform import PreprocessCfg
from PIL import Image

from vitwidgets.images import ImageError, Preprocessing, prepare_image

DEFAULTS = dataclasses.asdict(PreprocessCfg())


def noise(width, height):
    rng = np.random.default_rng(0)
    return Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


def transformed(image, config):
    keys = ("mean", "std", "interpolation", "resize_mode")
    settings = {key: config[key] for key in keys}
    return image_transform(config["size"], is_train=False, **settings)(image)


def prepared(image, config):
    return prepare_image(image, Preprocessing.from_open_clip_config(config)).pixels[0]


sides = st.integers(8, 40)


@settings(max_examples=100, deadline=None)
@given(
    shape=st.tuples(st.integers(8, 200), st.integers(8, 200)),
    size=sides | st.tuples(sides, sides),
    interpolation=st.sampled_from(["bilinear", "bicubic", "random"]),
    resize_mode=st.sampled_from(["shortest", "squash"]),
    # Zeroes throughout mean "the default" to open_clip's transform.
    mean=st.tuples(*[st.floats(0, 1)] * 3),
    std=st.tuples(*[st.floats(0.01, 2)] * 3),
)
def test_any_configuration(shape, **config):
    image = noise(*shape)
    try:
        expected = transformed(image, config)
    except ValueError:
        # Nothing is left of a thin image at the size of a tiny model.
        with pytest.raises(ImageError, match="cannot be scaled"):
            prepared(image, config)
    else:
        assert torch.equal(prepared(image, config), expected)


def test_all_that_open_clip_knows():
    kinds = {}
    for name, tag in list_pretrained():
        config = DEFAULTS | {
            key: value
            for key, value in get_pretrained_cfg(name, tag).items()
            if key in DEFAULTS
        }
        kinds[repr(config)] = config
    assert len(kinds) > 4
    for config in kinds.values():
        image = noise(300, 250)
        assert torch.equal(prepared(image, config), transformed(image, config))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("resize_mode", "longest", "resize_mode is 'longest'; give shortest or squash"),
        ("size", (1, 2, 3), r"input_size is \(\(1, 2, 3\), \(1, 2, 3\)\); give"),
        ("mean", 0.5, "mean is 0.5; give three numbers"),
        ("std", (0, 0, 0), "std is"),
        ("interpolation", "cubic", "interpolation is 'cubic'; give"),
    ],
)
def test_each_wrong_field_is_named(field, value, message):
    with pytest.raises(ValueError, match=message):
        Preprocessing.from_open_clip_config(DEFAULTS | {field: value})


def test_missing_fields_are_named():
    with pytest.raises(
        ValueError, match=r"lacks size, std .*it has: mean.*visual\.pre"
    ):
        Preprocessing.from_open_clip_config(
            {"mean": 0, "interpolation": 0} | {"resize_mode": "squash"}
        )
