from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image

import vitwidgets as vw
from vitwidgets.models import HookedViT
from vitwidgets.widgets import AttentionHeadTour

from .test_attention_head_tour import MODEL, PICTURE, PREPROCESSING, make_module

if TYPE_CHECKING:
    from pathlib import Path

STATE = {
    "layer": 2,
    "head": 3,
    "query": 11,
    "direction": "column",
    "scale": "log",
    "maximum": "shared",
}


@pytest.fixture(scope="module")
def bundled() -> HookedViT:
    return vw.load_model()


def run(code: str) -> AttentionHeadTour:
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102
    return names["tour"]


def assert_rebuilt(tour: AttentionHeadTour) -> None:
    again = run(tour.code())
    np.testing.assert_array_equal(again.results, tour.results)
    np.testing.assert_array_equal(again.picture, tour.picture)
    for name in tour.settable_names():
        assert getattr(again, name) == getattr(tour, name)


@pytest.mark.parametrize("given", ["scene", "picture", "path", "Path"])
def test_code_makes_the_present_state_again(
    bundled: HookedViT, given: str, tmp_path: Path, capsys: Any
) -> None:
    scene = vw.images.sample(vw.images.sample_names()[3])
    path = tmp_path / 'it\'s a "picture".png'
    scene.image.resize((90, 70)).save(path)
    sources = {
        "scene": scene,
        "picture": scene.image,
        "path": str(path),
        "Path": path,
    }
    tour = AttentionHeadTour(bundled, sources[given])
    for name, value in STATE.items():
        setattr(tour, name, value)
    assert_rebuilt(tour)
    shown = np.fromstring(capsys.readouterr().out.strip("[]\n"), sep=" ")
    np.testing.assert_allclose(shown, tour.results[2, 3], rtol=1e-5, atol=1e-7)


def test_code_follows_the_state(bundled: HookedViT) -> None:
    tour = AttentionHeadTour(bundled, vw.images.sample(vw.images.sample_names()[0]))
    for query in (0, 64):
        tour.query = query
        assert_rebuilt(tour)


def test_code_keeps_the_payload_budget(bundled: HookedViT) -> None:
    scene = vw.images.sample(vw.images.sample_names()[0])
    tour = AttentionHeadTour(bundled, scene, payload_budget=1000)
    assert run(tour.code()).delivery == tour.delivery == "rows"


def test_weights_that_were_changed_are_not_passed_off_as_the_bundled_ones() -> None:
    model = vw.load_model()
    with torch.no_grad():
        model.module.blocks[3].attn.proj.bias[0] += 1e-3
    scene = vw.images.sample(vw.images.sample_names()[0])
    code = AttentionHeadTour(model, scene).code()
    assert "load_model" not in code
    assert "model = ...  # put your model here; it was called 'emoji-vit'" in code


def test_a_model_of_timm_is_loaded_by_name_with_a_word_of_caution() -> None:
    model = vw.load_model("vit_tiny_patch16_224", pretrained=False)
    code = AttentionHeadTour(model, np.zeros((224, 224, 3), np.uint8)).code()
    before = (
        "# By its name: add pretrained=, image_size= or dtype= where you gave them."
    )
    assert f"{before}\nmodel = vw.load_model('vit_tiny_patch16_224')\n" in code


def test_what_is_not_known_is_a_placeholder_that_says_what_to_put() -> None:
    tour = AttentionHeadTour(MODEL, PICTURE)
    code = tour.code()
    assert "model = ...  # put your model here; it was called 'tiny'" in code
    assert "image = ...  # put your image here; it was given as 'Image'" in code
    with pytest.raises(TypeError, match="ellipsis"):
        run(code)
    filled = code.replace("model = ...", "model = given[0]")
    filled = filled.replace("image = ...", "image = given[1]")
    names: dict[str, Any] = {"given": (MODEL, PICTURE)}
    exec(filled, names)  # noqa: S102
    np.testing.assert_array_equal(names["tour"].results, tour.results)


def test_a_picture_that_differs_by_one_pixel_is_no_sample(bundled: HookedViT) -> None:
    picture = vw.images.sample(vw.images.sample_names()[0]).image.copy()
    red, green, blue = picture.getpixel((5, 5))
    picture.putpixel((5, 5), (red ^ 1, green, blue))
    assert "image = ..." in AttentionHeadTour(bundled, picture).code()


@pytest.mark.parametrize(
    "name",
    [
        "a\nimport os",
        'x"; import os; "',
        "x'); import os; ('",
        "open_clip:'\nimport os",
    ],
)
def test_no_name_becomes_code(name: str) -> None:
    model = HookedViT(make_module(), preprocessing=PREPROCESSING, name=name)
    statements = ast.parse(AttentionHeadTour(model, PICTURE).code()).body
    kinds = [type(statement).__name__ for statement in statements]
    assert kinds == ["Import", "Assign", "Assign", "Assign", "Expr", "Expr"]
    assert ast.unparse(statements[0]) == "import vitwidgets as vw"


def test_a_grey_picture_of_a_samples_size_is_no_sample(bundled: HookedViT) -> None:
    tour = AttentionHeadTour(bundled, Image.new("L", (64, 64), 7))
    assert "image = ..." in tour.code()


def test_words_are_put_behind_the_model_that_reads_them() -> None:
    clip = vw.load_model("emoji-clip", pretrained=False)
    model = clip.with_words(["it's", "dog"], ["a {}", "{}"])
    scene = vw.images.sample(vw.images.sample_names()[0])
    code = AttentionHeadTour(model, scene).code()
    words = """with_words(["it's", 'dog'], ['a {}', '{}'])\n"""
    assert f"model = vw.load_model('emoji-clip').{words}" in code
    plain = AttentionHeadTour(clip.with_words(["cat"]), scene).code()
    assert "load_model('emoji-clip').with_words(['cat'])\n" in plain
