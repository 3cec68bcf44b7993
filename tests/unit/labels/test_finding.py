"""Finding classes by what a person types."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitwidgets.labels import class_names, find_class, model_labels, one_class

IMAGENET = class_names("imagenet-1k", synonyms=True)
LABELS = model_labels(SimpleNamespace(config=SimpleNamespace(n_classes=1000)))

WORDS = st.sampled_from(["cat", "catfish", "bob", "bobcat", "sea", "big", "fish"])
SYNONYMS = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
NAMES = st.lists(st.lists(SYNONYMS, min_size=1, max_size=3).map(", ".join), max_size=12)


def test_cat_finds_cats_and_no_other_word_with_these_letters():
    found = find_class("cat", IMAGENET)
    # The five cats, the "Madagascar cat" that is a lemur, and the "bear cat".
    assert found == [281, 282, 283, 284, 285, 383, 387]
    assert IMAGENET.index("bullfrog, Rana catesbeiana") not in found


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("281", 281),
        (" 281 ", 281),
        ("tabby", 281),
        ("tabby, tabby cat", 281),
        ("TABBY CAT", 281),
        ("collie", 231),
        ("Border collie", 232),
        ("border-collie", 232),
        ("puma", 286),
        ("T shirt", 610),
        ("jack o lantern", 607),
        ("hen of the woods", 996),
        ("Consommé", 925),
        ("crane (n02012849)", 134),
        ("crane n03126707", 517),
        ("polecat", 358),  # also a further name of the skunk
        ("tub", 876),  # also a further name of the bathtub
        ("lynx catamount", 287),
        (7, 7),
        (np.int64(999), 999),
    ],
)
def test_the_one_class_that_is_meant(text, index):
    assert one_class(text, LABELS) == index


def test_the_exact_class_comes_first():
    assert find_class("collie", IMAGENET) == [231, 232]
    assert find_class("tub", IMAGENET) == [876, 435]
    assert find_class("hen", IMAGENET)[0] == 8


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("crane", ["134 crane (n02012849)", "517 crane (n03126707)"]),
        ("panda", ["387 lesser panda", "388 giant panda"]),
        ("cat", ["281 tabby", "285 Egyptian cat", "387 lesser panda"]),
        ("maillot", ["638 maillot", "639 maillot"]),
    ],
)
def test_several_are_all_listed(text, listed):
    with pytest.raises(ValueError, match=f"'{text}' fits") as caught:
        one_class(text, LABELS)
    assert all(entry in str(caught.value) for entry in listed)
    for index in find_class(text, IMAGENET):
        assert f" {index} " in str(caught.value)


@pytest.mark.parametrize(
    ("text", "near"),
    [("cats", "cat"), ("labrodor", "labrador"), ("frogg", "bullfrog"), ("catt", "cat")],
)
def test_none_names_what_comes_near(text, near):
    assert find_class(text, IMAGENET) == []
    with pytest.raises(ValueError, match=f"no class is called '{text}'.*{near}"):
        one_class(text, LABELS)


def test_none_and_nothing_near():
    with pytest.raises(ValueError, match="list of 1000 classes"):
        one_class("qqqqqqqq", LABELS)


@pytest.mark.parametrize("index", [1000, -1, True, 3.0, None])
def test_numbers_that_are_no_class(index):
    with pytest.raises(ValueError, match=rf"no class {index}.*0 to 999"):
        one_class(index, LABELS)


@pytest.mark.parametrize("text", ["-1", "1000", "1e2", "0281"])
def test_texts_that_are_no_class(text):
    with pytest.raises(ValueError, match="no class is called"):
        one_class(text, LABELS)


def test_a_model_without_classes():
    with pytest.raises(ValueError, match="the model has none"):
        one_class(0, [])
    with pytest.raises(ValueError, match="list of 0 classes"):
        one_class("cat", [])


@pytest.mark.parametrize("text", ["", "  ", "\t"])
def test_nothing_to_look_for(text):
    with pytest.raises(ValueError, match="nothing to look for"):
        find_class(text, IMAGENET)


def test_names_that_are_digits_may_contradict_their_places():
    assert find_class("1", ["0", "1", "2"]) == [1]
    assert find_class("1", ["1", "0"]) == [0, 1]
    with pytest.raises(ValueError, match="'1' fits 2 classes: 0 1; 1 0"):
        one_class("1", ["1", "0"])
    assert one_class(1, ["1", "0"]) == 1


def test_names_of_signs_and_other_scripts():
    names = ["+", "ложка", "キツネ, 狐", "Été"]
    for index, text in enumerate(["+", "Ложка", "狐", "ete"]):
        assert find_class(text, names) == [index]


@given(SYNONYMS, NAMES)
@settings(deadline=None)
def test_matches_are_runs_of_whole_words_of_one_name(text, names):
    sought = text.split()

    def holds(name):
        words = name.split()
        starts = range(len(words) - len(sought) + 1)
        return any(words[s : s + len(sought)] == sought for s in starts)

    expected = {i for i, every in enumerate(names) if any(map(holds, every.split(",")))}
    # Or the whole description, with all its names.
    expected |= {i for i, e in enumerate(names) if e.replace(",", "").split() == sought}
    found = find_class(text, names)
    assert set(found) == expected
    assert len(found) == len(expected)


@given(SYNONYMS, NAMES)
@settings(deadline=None)
def test_the_better_the_fit_the_earlier(text, names):
    def looseness(index):
        parts = [" ".join(part.split()) for part in names[index].split(",")]
        if text in {parts[0], " ".join(parts)}:
            return 0
        return 1 if text in parts else 2

    found = find_class(text, names)
    assert found == sorted(found, key=lambda index: (looseness(index), index))


@pytest.mark.parametrize("index", range(3, 1000, 31))
def test_every_class_is_found_by_its_names_and_its_number(index):
    assert one_class(LABELS.names[index], LABELS) == index
    assert one_class(str(index), LABELS) == index
    assert index in find_class(IMAGENET[index], IMAGENET)
    for synonym in IMAGENET[index].split(","):
        assert index in find_class(synonym, IMAGENET)
