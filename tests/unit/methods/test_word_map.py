"""Word maps, against least squares in NumPy and open_clip's own zero-shot."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from tests.unit.methods.attacked_vits import named_vit, random_pictures
from tests.unit.methods.small_vits import GRIDS, hooked_vit
from tests.unit.widgets.small_clip import CLIP, TOKENIZER, TOWER, make_clip
from vitwidgets.images import prepare_image, sample
from vitwidgets.methods.word_map import WordMap, fit_word_map
from vitwidgets.methods.word_maps.file import DamagedMapError, MapMismatchError
from vitwidgets.methods.word_maps.shipped import shipped_word_map
from vitwidgets.models import HookedViT, load_model
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.words.text_encoder import TextEncoder

PICTURES = random_pictures(60)
WORDS = ["a cat", "a dog", "two red cars"]
SOME = {"progress": False}


@pytest.fixture(name="model", scope="module")
def _model():
    return named_vit()


@pytest.fixture(name="word_map", scope="module")
def _word_map(model):
    return fit_word_map(model, TOWER, PICTURES, ridge=0.5, **SOME)


def prepared(model, pictures):
    return torch.cat([prepare_image(p, model.preprocessing).pixels for p in pictures])


@torch.no_grad()
def plain_features(model, pictures=PICTURES):
    """What the classifier takes: the class token after the final norm."""
    return model.module.forward_features(prepared(model, pictures))[:, 0]


@torch.no_grad()
def plain_embeddings(pictures=PICTURES):
    return CLIP.encode_image(prepared(TOWER, pictures), normalize=True)


def held_out(seed=0):
    """Indices of four in five pictures, and of the others."""
    order = torch.randperm(60, generator=torch.Generator().manual_seed(seed)).numpy()
    return order[12:], order[:12]


def test_it_is_ridge_regression_of_unit_embeddings(model, word_map):
    x, y = plain_features(model).double().numpy(), plain_embeddings().double().numpy()
    fitted, measured = held_out()
    centre, middle = x[fitted].mean(0), y[fitted].mean(0)
    inputs = x[fitted] - centre
    weight = np.linalg.solve(
        inputs.T @ inputs + 0.5 * np.eye(inputs.shape[1]),
        inputs.T @ (y[fitted] - middle),
    ).T
    bias = middle - weight @ centre
    np.testing.assert_allclose(word_map.weight.numpy(), weight, atol=2e-5)
    np.testing.assert_allclose(word_map.bias.numpy(), bias, atol=2e-5)
    errors = y[measured] - x[measured] @ weight.T - bias
    spread = y[measured] - y[measured].mean(0)
    assert word_map.r2 == pytest.approx(
        1 - (errors**2).sum() / (spread**2).sum(), abs=1e-4
    )
    of_dimensions = 1 - (errors**2).sum(0) / (spread**2).sum(0)
    np.testing.assert_allclose(
        word_map.r2_of_dimensions.numpy(), of_dimensions, atol=1e-4
    )
    assert word_map.mean_r2 == pytest.approx(of_dimensions.mean(), abs=1e-4)
    assert (word_map.fit.n_fitted, word_map.fit.n_held_out) == (48, 12)
    assert (word_map.model_name, word_map.clip_name) == (model.name, "small-clip")


def test_words_are_read_through_it(model, word_map):
    read = model.with_words(WORDS, ("{}", "{} there"), through=word_map)
    with torch.no_grad():
        features = plain_features(model, PICTURES[:5])
        mapped = functional.linear(features, word_map.weight, word_map.bias)
        prompts = [template for w in WORDS for template in (w, f"{w} there")]
        each = CLIP.encode_text(TOKENIZER(prompts), normalize=True)
        words = functional.normalize(each.view(3, 2, -1).mean(1), dim=-1)
        expected = CLIP.logit_scale.exp() * functional.normalize(mapped, dim=-1)
        expected = expected @ words.T
    logits = read(prepared(model, PICTURES[:5]))
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-4)
    assert read.class_names == tuple(WORDS)


def test_other_words_of_the_same_model_keep_map_and_text(model, word_map):
    pixels = prepared(model, PICTURES[:3])
    first = model.with_words(WORDS, through=word_map)
    other = first.with_words(["a pig", "a cat"])
    fresh = model.with_words(["a pig", "a cat"], through=word_map)
    assert torch.equal(other(pixels), fresh(pixels))
    assert word_map.is_of(first)
    again = first.with_words(["a pig", "a cat"], through=word_map)
    assert torch.equal(again(pixels), fresh(pixels))


def test_its_caption_says_on_what_and_how_well(word_map):
    assert word_map.caption == (
        f"read through a linear map fitted on 48 images, held-out R² "
        f"{word_map.r2:.2f} (on 12 others)"
    )
    assert word_map.caption in repr(word_map)


def test_a_file_keeps_all_of_it(model, word_map, tmp_path):
    path = tmp_path / "own.safetensors"
    word_map.save(path)
    loaded = WordMap.load(path)
    for name in ("weight", "bias", "r2_of_dimensions", "probe"):
        assert torch.equal(getattr(loaded, name), getattr(word_map, name))
    assert loaded.fit == word_map.fit
    assert loaded.caption == word_map.caption
    read = model.with_words(WORDS, text=TOWER.text, through=loaded)
    pixels = prepared(model, PICTURES[:2])
    expected = model.with_words(WORDS, through=word_map)(pixels)
    assert torch.equal(read(pixels), expected)


def test_a_map_is_loaded_with_its_own_text_only(word_map, tmp_path):
    path = tmp_path / "own.safetensors"
    word_map.save(path)
    assert WordMap.load(path, text=TOWER.text).text is TOWER.text
    with pytest.raises(MapMismatchError, match="read by another text tower"):
        WordMap.load(path, text=load_model("emoji-clip").text)


def test_a_loaded_map_finds_its_text_by_name(word_map, tmp_path):
    path = tmp_path / "own.safetensors"
    dataclasses.replace(word_map, clip_name="emoji-clip").save(path)
    with pytest.raises(MapMismatchError, match="words are read by another text"):
        _ = WordMap.load(path).text
    dataclasses.replace(word_map, clip_name="emoji-vit").save(path)
    with pytest.raises(MapMismatchError, match="emoji-vit has no text"):
        _ = WordMap.load(path).text


def test_damaged_and_foreign_files_are_refused(word_map, tmp_path):
    path = tmp_path / "own.safetensors"
    word_map.save(path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 255
    path.write_bytes(content)
    with pytest.raises(DamagedMapError, match="not what was written"):
        WordMap.load(path)
    with pytest.raises(FileNotFoundError):
        WordMap.load(tmp_path / "none.safetensors")


def test_half_precision_is_close(word_map):
    half = word_map.rounded()
    assert half.weight.dtype == half.bias.dtype == torch.float16
    torch.testing.assert_close(
        half.weight.float(), word_map.weight, rtol=1e-3, atol=1e-6
    )
    assert half.fit == word_map.fit


def test_another_model_and_another_text_are_refused(model, word_map):
    other = hooked_vit(GRIDS["square, cls"])
    with torch.no_grad():
        other.module.norm.bias.add_(1)
    with pytest.raises(MapMismatchError, match=r"was fitted to .* other weights"):
        other.with_words(WORDS, through=word_map)
    clip = make_clip()
    with torch.no_grad():
        clip.text_projection.copy_(clip.text_projection.flip(1))
    text = TextEncoder(clip, TOKENIZER)
    with pytest.raises(MapMismatchError, match="into the space of small-clip"):
        model.with_words(WORDS, text=text, through=word_map)


def test_the_same_model_loaded_anew_is_known(model, word_map):
    assert word_map.is_of(pickle.loads(pickle.dumps(model)))  # noqa: S301


def test_the_seed_chooses_what_is_held_out(model):
    maps = [
        fit_word_map(model, TOWER, PICTURES, ridge=0.5, seed=seed, **SOME)
        for seed in (0, 0, 1)
    ]
    assert torch.equal(maps[0].weight, maps[1].weight)
    assert not torch.equal(maps[0].weight, maps[2].weight)


def test_pictures_come_from_wherever(model, word_map, tmp_path):
    for index, picture in enumerate(PICTURES):
        picture.save(tmp_path / f"{index:02}.png")
    of_folder = fit_word_map(model, TOWER, tmp_path, ridge=0.5, **SOME)
    files = [(tmp_path / f"{index:02}.png").open("rb") for index in range(60)]
    of_files = fit_word_map(
        model, TOWER, ((file, "label") for file in files), ridge=0.5, **SOME
    )
    for file in files:
        file.close()
    for each in (of_folder, of_files):
        torch.testing.assert_close(each.weight, word_map.weight, rtol=0, atol=1e-5)


def test_unreadable_pictures_are_skipped_and_told(model, word_map):
    broken = [*PICTURES[:20], b"no picture", *PICTURES[20:]]
    with pytest.warns(UserWarning, match="1 of 61 images could not be read"):
        found = fit_word_map(model, TOWER, broken, ridge=0.5, **SOME)
    torch.testing.assert_close(found.weight, word_map.weight, rtol=0, atol=1e-5)


def test_each_model_prepares_its_own_way(model):
    """The CLIP squeezes colours otherwise; its pixels are not the model's."""
    assert model.preprocessing != TOWER.preprocessing
    assert not torch.equal(prepared(model, PICTURES[:1]), prepared(TOWER, PICTURES[:1]))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"images": PICTURES[:9]}, ValueError, "cannot be fitted to 9 images: give 10"),
        ({"images": []}, ValueError, "there is no image"),
        ({"images": [PICTURES[0]] * 12}, ValueError, "are the same for"),
        ({"images": torch.zeros(12, 3, 32, 32)}, TypeError, "prepared for one model"),
        (
            {"images": [prepare_image(PICTURES[0], TOWER.preprocessing)] * 12},
            TypeError,
            "PreparedImage is prepared for one model",
        ),
        ({"held_out": 0}, ValueError, "between 0 and 1; got 0"),
        ({"held_out": 1.0}, ValueError, "between 0 and 1; got 1.0"),
        ({"ridge": -1}, ValueError, "0 or more, or None .* got -1"),
        ({"ridge": float("nan")}, ValueError, "got nan"),
        ({"clip": HookedViT(CLIP.visual)}, UnsupportedModelError, "has no text tower"),
        ({"clip": TOWER.with_words(WORDS)}, UnsupportedModelError, "gives 3 logits"),
        ({"model": TOWER}, UnsupportedModelError, "the towers of a CLIP need none"),
    ],
)
def test_what_cannot_be_fitted_is_an_error(model, change, error, message):
    options = {"model": model, "clip": TOWER, "images": PICTURES, **SOME, **change}
    with pytest.raises(error, match=message):
        fit_word_map(**options)


def test_features_that_are_no_numbers_are_refused():
    model = named_vit()
    with torch.no_grad():
        model.module.norm.bias[0] = float("nan")
    with pytest.raises(ValueError, match="not all finite"):
        fit_word_map(model, TOWER, PICTURES, **SOME)


def test_fitting_leaves_both_models_alone(model):
    pixels = prepared(model, PICTURES[:2])
    before = model(pixels), TOWER(pixels)
    fit_word_map(model, TOWER, [Image.new("RGB", (40, 30)), *PICTURES], **SOME)
    assert torch.equal(model(pixels), before[0])
    assert torch.equal(TOWER(pixels), before[1])
    assert all(parameter.grad is None for parameter in model.module.parameters())


def test_the_bundled_model_comes_with_a_map_to_the_bundled_clip():
    model, clip = load_model(), load_model("emoji-clip")
    word_map = shipped_word_map(model)
    assert word_map is not None
    assert word_map.text.name == clip.text.name
    names = model.class_names
    pixels = prepare_image(sample("cat-alone"), model.preprocessing).pixels
    read = model.with_words(names, through=word_map)
    assert names[int(read(pixels).argmax())] == "cat"
    assert word_map.r2 > 0.5


def test_other_models_come_without_a_map(model):
    assert shipped_word_map(model) is None
    assert shipped_word_map(load_model("emoji-clip")) is None
