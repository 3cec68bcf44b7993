"""What is done in the word lens is judged as open_clip itself would have it."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

import vitwidgets as vw
from tests.unit.widgets.small_clip import (
    CLIP,
    LAYERS,
    PIXELS,
    PREPROCESSING,
    SCENE,
    TOKENS,
    TOWER,
    text_features,
    token_features,
)
from vitwidgets.images import prepare_image, write_label
from vitwidgets.methods import image_embedding_decomposition
from vitwidgets.workshop.bench import Bench
from vitwidgets.workshop.checks.check import NotHereError, Outcome
from vitwidgets.workshop.checks.lens import first_layer_with_answer, patch_says
from vitwidgets.workshop.checks.registry import CHECKS
from vitwidgets.workshop.checks.words import (
    first_layer_on_object,
    label_wins,
    likeliest_word,
    nearer_word,
    own_word_wins,
    strongest_head_is,
    unseen_word,
)
from vitwidgets.workshop.kept_verdicts import kept_verdicts
from vitwidgets.workshop.lesson import Question
from vitwidgets.workshop.reading import LessonError, read_lesson
from vitwidgets.workshop.views import open_view

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ["cat", "dog", "zebra", "a red car", "the word dog"]


def bench_of(*words: str) -> Any:
    return Bench(open_view("WordLens", TOWER, SCENE, SCENE, words), *OPENED, words)


OPENED = TOWER, SCENE, SCENE


@pytest.fixture(scope="module")
def shared() -> Any:
    return bench_of(*WORDS)


@pytest.fixture
def bench(shared: Any) -> Any:
    state = {"target": -1, "layer": LAYERS - 1, "token": 0, "norm": "own"}
    shared.view.act("begin", words=WORDS, templates=["{}"], **state)
    return shared


@torch.no_grad()
def cosines(pixels: torch.Tensor = PIXELS, words: list[str] = WORDS) -> torch.Tensor:
    """Compare an image with words, by open_clip alone."""
    image = CLIP.encode_image(pixels, normalize=True).double()[0]
    return text_features(words) @ image


@pytest.fixture(scope="module")
def said() -> torch.Tensor:
    """Return what each token says at each layer, by open_clip alone."""
    return (token_features() @ text_features(WORDS).T).argmax(-1)


def test_the_model_answers_with_the_lessons_words(bench: Any):
    assert bench.model.class_names == tuple(WORDS)
    scale = CLIP.logit_scale.exp().item()
    wanted = (scale * cosines()).float()
    torch.testing.assert_close(bench.clean[0], wanted, atol=1e-4, rtol=1e-4)


def test_the_likeliest_word(bench: Any):
    best = int(cosines().argmax())
    assert not likeliest_word(bench).right  # no word is shown alone
    for target, _ in enumerate(WORDS):
        bench.view.target = target
        assert likeliest_word(bench).right == (target == best)


def test_the_nearer_of_two_words(bench: Any):
    known = cosines()
    for one, other in ((0, 1), (1, 3), (3, 4)):
        for target, _ in enumerate(WORDS):
            bench.view.target = target
            verdict = nearer_word(bench, WORDS[one], WORDS[other])
            nearer = one if known[one] > known[other] else other
            assert verdict.right == (target == nearer)
            if target in (one, other):
                assert f"{known[one]:.2f} with “{WORDS[one]}”" in verdict.text


def test_the_word_that_was_never_seen(bench: Any):
    for target, word in enumerate(WORDS):
        bench.view.target = target
        assert unseen_word(bench).right == (word == "zebra")
    with pytest.raises(NotHereError, match="saw the parts of all"):
        unseen_word(bench_of("cat", "dog"))


def of_object(said: torch.Tensor, thing: str, word: int) -> torch.Tensor:
    """Return which share of a thing's patches say a word, ``(layer,)``."""
    side = SCENE.masks[thing].shape[0] // 4
    covered = SCENE.masks[thing].reshape(4, side, 4, side).mean(axis=(1, 3)) >= 0.25
    return (said[:, 1:][:, covered.ravel()] == word).double().mean(1)


@pytest.mark.parametrize(("thing", "word"), [*product(SCENE.objects, WORDS)])
def test_the_first_layer_on_the_object(
    bench: Any, said: torch.Tensor, thing: str, word: str
):
    enough = of_object(said, thing, WORDS.index(word)) >= 0.5
    if not enough.any():
        with pytest.raises(NotHereError, match="at no layer"):
            first_layer_on_object(bench, word, thing)
        return
    first = int(enough.nonzero()[0]) - 1
    for layer in range(-1, LAYERS):
        bench.view.layer = layer
        assert first_layer_on_object(bench, word, thing).right == (layer == first)


def test_some_word_is_said_on_some_object(said: torch.Tensor):
    pairs = product(SCENE.objects, range(len(WORDS)))
    assert any((of_object(said, *pair) >= 0.5).any() for pair in pairs)


def test_where_things_are_has_to_be_known(bench: Any):
    with pytest.raises(NotHereError, match="where a frog is"):
        first_layer_on_object(bench, "cat", "frog")
    with pytest.raises(NotHereError, match="none of the lesson's words"):
        first_layer_on_object(bench, "tree", "cat")


def test_checks_of_lenses_read_words(bench: Any, said: torch.Tensor):
    best = int(cosines().argmax())
    first = int((said[:, 0] == best).nonzero()[0]) - 1
    for layer in range(-1, LAYERS):
        bench.view.layer = layer
        assert first_layer_with_answer(bench).right == (layer == first)
    for layer, token in product(range(-1, LAYERS), range(TOKENS)):
        bench.view.act("look", layer=layer, token=token)
        if (said[:, 1:] != best).any():
            right = bool(said[layer + 1, token] != best) and token > 0
            assert patch_says(bench, "another class").right == right


@pytest.mark.parametrize("change", [{"words": WORDS[:3]}, {"templates": ["a {}"]}])
def test_other_words_are_no_answer(bench: Any, change: dict[str, Any]):
    bench.view.act("read", **{"target": 0, **change})
    for verdict in (likeliest_word(bench), first_layer_with_answer(bench)):
        assert not verdict.right
        assert "Start this step again" in verdict.text


def test_a_word_of_ones_own_wins(bench: Any):
    assert "type one" in own_word_wins(bench).text
    for added in (["tree"], ["tree", "two frogs"], ["tree", "two frogs", "a boat"]):
        words = [*WORDS, *added]
        bench.view.act("add", words=words)
        best = int(cosines(words=words).argmax())
        assert own_word_wins(bench).right == (best >= len(WORDS))
    bench.view.act("remove", words=["dog", "tree"])
    assert own_word_wins(bench).text == "Keep “cat”, and add words to it."


def test_a_word_that_says_nothing_does_not_win():
    bench = bench_of("cat", "a red car")
    bench.view.act("add", words=["cat", "a red car", "zebra"])
    assert not own_word_wins(bench).right


def test_the_strongest_head_is_that_of_the_embeddings_sum(bench: Any):
    _, cache = TOWER.run_with_cache(PIXELS)
    order = cosines().argsort(descending=True)
    pair = text_features([WORDS[int(each)] for each in order[:2]]).float()
    parts = image_embedding_decomposition(TOWER, cache).along(pair).heads[0]
    layer, head = divmod(int((parts[..., 0] - parts[..., 1]).argmax()), parts.shape[1])
    outcome = strongest_head_is(bench)
    assert outcome.text.startswith(f"L{layer}.H{head} writes")
    assert outcome.name == ("first half" if 2 * layer < LAYERS else "second half")


@pytest.mark.parametrize("word", WORDS)
def test_a_label_does_what_it_does_to_the_plain_model(bench: Any, word: str):
    best = int(cosines().argmax())
    if WORDS[best] == word:
        with pytest.raises(NotHereError, match="as it is"):
            label_wins(bench, "dog", word)
        return
    picture = write_label(SCENE, "dog")
    with_label = int(cosines(prepare_image(picture, PREPROCESSING).pixels).argmax())
    names = {WORDS.index(word): "the written word", best: "what it said before"}
    outcome = label_wins(bench, "dog", word)
    assert outcome.name == names.get(with_label, "something else")
    assert f"the model says {bench.named(with_label)} (" in outcome.text


def test_a_page_keeps_what_the_checks_say(bench: Any):
    words: list[tuple[str, dict[str, Any]]] = [
        ("likeliest_word", {}),
        ("nearer_word", {"one": "cat", "other": "dog"}),
        ("unseen_word", {}),
        ("first_layer_with_answer", {}),
    ]
    names = bench.view.settable_names()
    for name, arguments in words:
        kept = kept_verdicts(Question("?", name, arguments), bench)
        assert {each["right"] for each in kept} == {True, False}
        for target, layer in product(range(-1, len(WORDS)), range(-1, LAYERS)):
            bench.view.act("answer", target=target, layer=layer)
            seen = {each: getattr(bench.view, each) for each in names}
            found = next(
                each
                for each in kept
                if all(seen[key] == value for key, value in each["seen"].items())
            )
            wanted = CHECKS[name].function(bench, **arguments)
            assert not isinstance(wanted, Outcome)
            assert (found["right"], found["text"]) == (wanted.right, wanted.text)


def text_of(**changes: Any) -> dict[str, Any]:
    question = {"ask": "Which wins?", "check": "likeliest_word", "hints": ["Look."]}
    state = {"target": "dog", "versus": "runner-up", "layer": "last"}
    return {
        "format": "vitwidgets lesson",
        "version": 1,
        "title": "Words",
        "view": "WordLens",
        "image": "cat-and-dog",
        "words": WORDS,
        "steps": [
            {"title": "One", "text": ["A {model}."], "state": state},
            {"title": "Two", "text": ["B."], "question": question},
        ],
        **changes,
    }


def written(folder: Path, **changes: Any) -> Path:
    path = folder / "mine.json"
    path.write_text(json.dumps(text_of(**changes)), "utf8")
    return path


def test_each_step_begins_with_the_lessons_words(tmp_path: Path):
    lesson = vw.workshop(written(tmp_path), TOWER, SCENE)
    second = int(cosines().argsort(descending=True)[1])
    assert (lesson.view.target, lesson.view.versus) == (WORDS.index("dog"), second)
    lesson.view.words = ["tree", "dog"]
    assert lesson.view.target == 1
    lesson.go(1)
    assert lesson.view.words == WORDS
    assert lesson.view.target == WORDS.index("dog")
    lesson.check()
    wins = WORDS[int(cosines().argmax())] == "dog"
    assert lesson.progress["steps"][1]["solved"] == wins
    lesson.close()


def test_a_state_with_a_word_that_is_none_leaves_the_question_out(tmp_path: Path):
    steps = text_of()["steps"]
    steps[1]["state"] = {"target": "tree"}
    lesson = vw.workshop(written(tmp_path, steps=steps), TOWER, SCENE)
    lesson.go(1)
    assert "“tree” is none of the lesson's words" in lesson.page.shown["left_out"]
    lesson.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["cat"], "1 in it: 2 to 50"),
        (["cat", "dog", "cat"], "'cat' stands there twice"),
        (["cat", " "], "words are needed"),
        ("cat, dog", "a list is needed"),
    ],
)
def test_words_that_can_not_be_taken_are_named(tmp_path: Path, words: Any, said: str):
    with pytest.raises(LessonError) as caught:
        read_lesson(written(tmp_path, words=words))
    (problem,) = caught.value.problems
    assert problem.field.startswith("words")
    assert said in problem.text


def test_words_belong_to_the_word_lens(tmp_path: Path):
    path = written(tmp_path)
    lesson = text_of()
    del lesson["words"]
    path.write_text(json.dumps(lesson), "utf8")
    with pytest.raises(LessonError, match='"words" is missing'):
        read_lesson(path)
    other = written(tmp_path, view="EmojiLogitLens", steps=text_of()["steps"][:1])
    with pytest.raises(LessonError, match="over EmojiLogitLens has no words"):
        read_lesson(other)


def test_an_argument_has_to_be_words(tmp_path: Path):
    steps = text_of()["steps"]
    steps[1]["question"].update(check="nearer_word")
    steps[1]["question"]["with"] = {"one": "cat", "other": 3}
    with pytest.raises(LessonError, match="3: words are needed"):
        read_lesson(written(tmp_path, steps=steps))


def test_probabilities_are_those_of_the_view(bench: Any):
    shares = bench.clean[0].softmax(-1).numpy()
    np.testing.assert_allclose(bench.view.probabilities, shares, atol=1e-6)
