"""Labels of models: names, emoji and superclasses for each logit."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from types import SimpleNamespace

import pytest
import timm
from timm.data import ImageNetInfo

from vitwidgets.labels import (
    class_names,
    imagenet_emoji,
    imagenet_superclasses,
    model_labels,
    superclass_emoji,
)
from vitwidgets.models import HookedViT, load_model

NEUTRAL = "▫️"


def model(n_classes, names=None, emoji=None):
    return SimpleNamespace(
        config=SimpleNamespace(n_classes=n_classes),
        class_names=names,
        class_emoji=emoji,
    )


def sizes(labels):
    return {
        len(labels),
        *map(
            len,
            (
                labels.names,
                labels.emoji,
                labels.superclasses,
                labels.superclass_emoji,
                labels.descriptions,
            ),
        ),
    }


def test_the_bundled_model():
    loaded = load_model()
    labels = model_labels(loaded)
    assert labels.names == loaded.class_names
    assert labels.emoji == loaded.class_emoji
    kinds = dict(zip(labels.names, labels.superclasses, strict=True))
    assert kinds["cat"] == "cat or wild cat"
    assert kinds["frog"] == "amphibian"
    assert kinds["helicopter"] == "aircraft"
    assert "other" not in labels.superclasses
    assert labels.superclass_emoji[0] == superclass_emoji()["cat or wild cat"]
    assert sizes(labels) == {64}


@pytest.mark.parametrize("made", ["load_model", "HookedViT"])
def test_an_imagenet_model(made):
    if made == "load_model":
        hooked = load_model("test_vit", pretrained=False)
        source = "The model's own names, those of imagenet-1k"
    else:
        hooked = HookedViT(timm.create_model("test_vit").eval())
        source = "Taken for the classes of imagenet-1k, as there are 1,000 of them"
    labels = model_labels(hooked)
    assert labels.source == source
    assert labels.names[134] == "crane (n02012849)"
    assert labels.descriptions[281] == "tabby, tabby cat"
    assert labels.emoji == imagenet_emoji()
    assert labels.superclasses == imagenet_superclasses()
    assert sizes(labels) == {1000}


@pytest.mark.parametrize("count", [11821, 21841, 21842, 21843])
def test_larger_lists_are_told_by_wordnets_number(count):
    labels = model_labels(model(count))
    assert sizes(labels) == {count}
    subset = {11821: "12k", 21841: "22k", 21842: "22k-ms", 21843: "21k-goog"}[count]
    numbers = ImageNetInfo(f"imagenet-{subset}").label_names()
    place = {number: index for index, number in enumerate(numbers)}
    dog = place["n02099601"]
    assert (labels.emoji[dog], labels.names[dog]) == ("🦮", "golden retriever")
    assert labels.superclasses[dog] == "dog, wolf or fox"
    thousand = set(ImageNetInfo().label_names())
    known = [number in thousand for number in numbers]
    assert 990 <= sum(known) <= 1000
    assert [emoji != NEUTRAL for emoji in labels.emoji] == known
    assert [kind != "other" for kind in labels.superclasses] == known


def test_names_as_another_library_spells_them_are_recognised():
    full = list(class_names("imagenet-1k", synonyms=True))
    full[21], full[134], full[517] = "kite (bird of prey)", "crane bird", "machine"
    labels = model_labels(model(1000, tuple(full)))
    assert labels.names == tuple(full)
    assert labels.emoji == imagenet_emoji()


def test_other_names_of_as_many_classes_are_not_imagenet():
    backwards = class_names("imagenet-1k")[::-1]
    labels = model_labels(model(1000, backwards))
    assert labels.source == "The model's own names"
    assert labels.names == labels.descriptions == backwards
    assert set(labels.emoji) == set(labels.superclass_emoji) == {NEUTRAL}
    assert set(labels.superclasses) == {"other"}


def test_own_emoji_replace_those_of_the_table():
    labels = model_labels(model(3, ("a", "b", "c"), ("🐱", "🐶", "🌳")))
    assert labels.emoji == ("🐱", "🐶", "🌳")
    own = ("⭐",) * 1000
    assert model_labels(model(1000, emoji=own)).emoji == own


def test_nothing_known():
    labels = model_labels(model(40))
    assert labels.names[17] == "class 17"
    assert sizes(labels) == {40}
    assert len(set(labels.emoji)) == 16
    assert all(a != b for a, b in zip(labels.emoji, labels.emoji[1:], strict=False))
    assert not set(labels.emoji) & set(imagenet_emoji())
    assert labels.source == "Nothing tells the names of these classes"


def test_a_head_that_no_longer_fits_its_configuration():
    module = timm.create_model("test_vit").eval()
    module.pretrained_cfg["label_names"] = ["ant", "bee", "cat"]
    assert model_labels(HookedViT(module)).names[999] == "class 999"


def test_no_classifier_no_labels():
    headless = HookedViT(timm.create_model("test_vit", num_classes=0).eval())
    assert sizes(model_labels(headless)) == {0}


def test_labels_cannot_be_changed_or_disagree():
    labels = model_labels(model(5))
    with pytest.raises(FrozenInstanceError):
        labels.names = ()
    with pytest.raises(ValueError, match=r"as many entries.*'emoji': 2"):
        replace(labels, emoji=("a", "b"))
