"""The word lens's numbers against open_clip's own, and what happens to other words."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from traitlets import TraitError

import vitwidgets as vw
from tests.unit.methods.small_vits import GRIDS, hooked_vit
from tests.unit.widgets.small_clip import (
    CLIP,
    LAYERS,
    PIXELS,
    PREPROCESSING,
    SCENE,
    TOKENIZER,
    TOWER,
    text_features,
    token_features,
)
from vitwidgets.images import ImageError
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.words.text_encoder import TextEncoder
from vitwidgets.widgets.word_lens import WordLens

if TYPE_CHECKING:
    from tests.unit.widgets.conftest import Page

WORDS = ["cat", "dog", "a red car"]
CAT, DOG, CAR = range(3)
OTHERS = ["ship", "a red car", "tree", "dog"]
TEMPLATES = ("{}", "a photo of a {}.")
SCALE = float(np.exp(2.5))


@pytest.fixture(name="lens")
def _lens():
    lens = WordLens(TOWER, SCENE, WORDS)
    yield lens
    lens.close()


def readings(lens: WordLens) -> dict[str, Any]:
    """Everything that depends on the words."""
    opening = {f"opening.{name}": value for name, value in lens.opening.items()}
    facts = {
        name: getattr(lens, name)
        for name in (
            "class_names",
            "class_descriptions",
            "class_emoji",
            "output_classes",
            "output_probabilities",
            "similarities",
            "probabilities",
            "unknown_words",
        )
    }
    return {**opening, **facts, **lens.results}


def assert_alike(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert one.keys() == other.keys()
    for name, value in one.items():
        np.testing.assert_array_equal(value, other[name], err_msg=name)


@pytest.mark.parametrize("templates", [("{}",), TEMPLATES])
def test_the_image_is_as_similar_as_open_clip_says(templates: tuple[str, ...]):
    lens = WordLens(TOWER, SCENE, WORDS, templates=templates)
    with torch.no_grad():
        image = torch.nn.functional.normalize(CLIP.encode_image(PIXELS).double(), dim=1)
    similarities = (text_features(WORDS, templates) @ image[0]).numpy()
    np.testing.assert_allclose(lens.similarities, similarities, atol=1e-6)
    expected = torch.from_numpy(SCALE * similarities).softmax(-1)
    np.testing.assert_allclose(lens.probabilities, expected, atol=1e-5)
    assert lens.output_classes[0] == int(expected.argmax())
    assert lens.output_probabilities[0] == pytest.approx(float(expected.max()), 1e-5)
    assert lens.logit_scale == pytest.approx(SCALE)
    assert (lens.logit_bias, lens.text_name) == (0, "small-clip#text")
    assert (lens.model_name, lens.map_caption) == ("small-clip", "")


def test_tokens_are_as_similar_as_their_embeddings(lens: WordLens):
    lens.target = DOG
    cosines = token_features() @ text_features(WORDS).T
    logits = SCALE * cosines
    found = lens.results
    np.testing.assert_allclose(found["target_logits"], logits[..., DOG], atol=2e-4)
    probabilities = logits.softmax(-1)
    np.testing.assert_allclose(
        found["top_probabilities"],
        probabilities.sort(descending=True).values,
        atol=1e-4,
    )
    ranks = (logits > logits[..., DOG : DOG + 1]).sum(-1)
    np.testing.assert_array_equal(found["target_ranks"], ranks)


@pytest.mark.parametrize("layer", range(-1, LAYERS))
def test_the_class_token_says_what_a_tower_cut_off_there_says(layer: int):
    lens = WordLens(TOWER, SCENE, WORDS, target="a red car")
    assert lens.target == CAR
    short = copy.deepcopy(CLIP)
    short.visual.transformer.resblocks = short.visual.transformer.resblocks[: layer + 1]
    with torch.no_grad():
        _, _, scale = short(PIXELS, TOKENIZER(WORDS))
        image = short.encode_image(PIXELS, normalize=True)[0]
        words = short.encode_text(TOKENIZER(WORDS), normalize=True)
    expected = float(scale * words[CAR] @ image)
    assert lens.results["target_logits"][layer + 1, 0] == pytest.approx(
        expected, abs=2e-4
    )


def test_other_words_are_read_as_in_a_new_view_without_a_new_pass(lens: WordLens):
    def ran(*_: object) -> None:
        pytest.fail("the image went through the model again")

    handle = CLIP.visual.transformer.register_forward_pre_hook(ran)
    try:
        lens.words = OTHERS
        lens.templates = TEMPLATES
    finally:
        handle.remove()
    fresh = WordLens(TOWER, SCENE, OTHERS, templates=TEMPLATES)
    assert_alike(readings(lens), readings(fresh))
    assert lens.words == lens.class_names == OTHERS
    lens.target = fresh.target = 1
    lens.norm = fresh.norm = "final"
    assert_alike(lens.results, fresh.results)
    for name, value in lens.curves().items():
        np.testing.assert_array_equal(value, fresh.curves()[name])


def test_chosen_words_stay_what_they_are(lens: WordLens):
    lens.target, lens.versus, lens.mask = "dog", "cat", ["cat", "a red car"]
    lens.act("words", words=OTHERS)
    assert (lens.target, lens.versus, lens.mask) == (3, -1, [1])
    lens.undo()
    assert lens.words == lens.class_names == WORDS
    assert (lens.target, lens.versus, lens.mask) == (DOG, CAT, [CAT, CAR])
    assert_alike(
        readings(lens),
        readings(WordLens(TOWER, SCENE, WORDS, target=DOG)),
    )
    lens.redo()
    assert (lens.words, lens.target) == (OTHERS, 3)
    lens.words = "tree, ship"
    assert (lens.words, lens.target, lens.mask) == (["tree", "ship"], -1, [])


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("words", [], "words"),
        ("words", " ,\n", "words"),
        ("words", ["cat", "  "], "blank"),
        ("words", ["cat", "cat"], "twice"),
        ("words", ["cat", "CAT"], "'cat' and 'CAT' are the same to"),
        ("words", ["cat", 3], "3"),
        ("words", 3, "3"),
        ("words", ["cat", "very " * 12 + "long"], "too long"),
        ("words", [str(number) for number in range(201)], "201; 200"),
        ("templates", [], "templates"),
        ("templates", ["a photo"], "a photo"),
        ("templates", ["{} and {}"], "exactly one"),
        ("templates", ["very " * 10 + "{}"], "too long"),
    ],
)
def test_what_can_t_be_read_is_refused_and_changes_nothing(
    lens: WordLens, page: Page, name: str, value: Any, said: str
):
    lens.act("choose", target=DOG, mask=[CAT])
    before = {**readings(lens), "state": repr(lens), "history": list(lens.history)}
    with pytest.raises(TraitError, match=said):
        setattr(lens, name, value)
    with pytest.raises(TraitError, match=said):
        lens.act("words", **{name: value})
    with pytest.raises(TraitError, match=said):
        WordLens(TOWER, SCENE, **{"words": WORDS, name: value})
    asked = {"words": WORDS, "templates": ["{}"], name: value}
    assert said in page.ask(lens, "words", **asked)["error"]
    page.set(lens, **{name: value}, target=-1)
    (refused,) = page.messages("refused")
    assert said in refused["message"]
    assert_alike(
        {**readings(lens), "state": repr(lens), "history": lens.history}, before
    )


def test_the_page_asks_first_and_then_gets_all_in_one_message(
    lens: WordLens, page: Page
):
    lens.target = DOG
    before = readings(lens)
    answer = page.ask(lens, "words", words=["zebra", "dog"], templates=["{}"])
    assert answer == {"unknown_words": [0]}
    assert_alike(readings(lens), before)
    page.settle()
    page.received.clear()
    page.set(lens, words=["zebra", "dog"], target=1)
    page.settle()
    (update,) = page.updates()
    assert update["class_names"] == ["zebra", "dog"]
    assert update["unknown_words"] == [0]
    assert {"class_emoji", "opening", "truth", "similarities"} <= update.keys()
    # What the page has said, it knows.
    assert not {"words", "target"} & update.keys()
    fresh = WordLens(TOWER, SCENE, ["zebra", "dog"], target="dog")
    assert_alike(readings(lens), readings(fresh))
    got = page.ask(lens, "class", lens="plain", norm="own", target=1)
    np.testing.assert_array_equal(got["logits"], fresh.results["target_logits"])
    wrong = page.ask(lens, "class", lens="plain", norm="own", target=2)
    assert "target is 0 to 1" in wrong["error"]


def test_words_that_come_alone_take_the_chosen_ones_along(lens: WordLens, page: Page):
    lens.target, lens.versus = DOG, CAT
    page.set(lens, words=["dog", "ship"])
    assert (lens.target, lens.versus) == (0, -1)


def test_the_page_may_undo_what_python_did_to_the_words(lens: WordLens, page: Page):
    lens.target = DOG
    lens.act("words", words=OTHERS)
    (act,) = lens.history
    page.set(lens, **act["before"], undone=1)
    assert (lens.class_names, lens.target, lens.undone) == (WORDS, DOG, 1)
    lens.redo()
    assert (lens.class_names, lens.target, lens.undone) == (OTHERS, 3, 0)


def test_objects_are_those_that_the_words_name(lens: WordLens):
    assert {each["name"]: each["classes"] for each in lens.truth} == {
        "cat": [CAT],
        "dog": [DOG],
    }
    lens.words = ["two cats", "a black cat", "ship"]
    named = {each["name"]: each["classes"] for each in lens.truth}
    assert named == {"cat": [1], "dog": []}
    lens.mask = ["a black cat"]
    assert lens.overlap()["iou"].shape == (LAYERS + 1,)


def test_one_text_may_hold_all_words(lens: WordLens):
    written = WordLens(TOWER, SCENE, "cat, dog\n a red car,", templates="{}\n")
    assert written.words == lens.words
    assert_alike(readings(written), readings(lens))


def test_a_single_word_is_certain_of_itself():
    lens = WordLens(TOWER, SCENE, "cat", target="cat")
    assert lens.probabilities.tolist() == [1]
    for mode in ("emoji", "class", "heat", "entropy", "mask"):
        for heat in ("logit", "probability", "rank"):
            lens.mode, lens.heat = mode, heat
            assert np.isfinite(np.asarray(lens.still())).all()


def test_models_without_words_are_refused():
    bare = HookedViT(CLIP.visual, preprocessing=PREPROCESSING, name="bare")
    with pytest.raises(UnsupportedModelError, match="bare came without a text side"):
        WordLens(bare, SCENE, WORDS)
    silent: Any = hooked_vit(GRIDS["square, cls"]).module
    with pytest.raises(UnsupportedModelError, match="text side"):
        WordLens(HookedViT(silent, preprocessing=PREPROCESSING), SCENE, WORDS)


def test_what_is_wrong_with_model_or_image_is_said_as_in_every_view():
    text = TextEncoder(CLIP, TOKENIZER)
    unprepared = HookedViT(CLIP.visual, text=text)
    with pytest.raises(ValueError, match="came without preprocessing"):
        WordLens(unprepared, SCENE, WORDS)
    with pytest.raises(ImageError, match="never"):
        WordLens(TOWER, "never.png", WORDS)
    with pytest.raises(TypeError, match="no state 'smell'"):
        WordLens(TOWER, SCENE, WORDS, smell=1)


def test_the_bundled_clip_is_read_by_its_own_words():
    model = vw.load_model("emoji-clip")
    lens = WordLens(model, SCENE, "cat, dog, theodolite")
    assert lens.unknown_words == [2]
    assert lens.text_name == "emoji-clip"
    assert lens.lenses == ["plain"]
    with pytest.raises(TraitError, match="words are not"):
        lens.lens = "tuned"
