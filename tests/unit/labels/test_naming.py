"""Names of classes against timm's own files."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
import timm
from hypothesis import given, settings
from hypothesis import strategies as st
from timm.data import ImageNetInfo

from vitwidgets.labels import class_names, names_from_id2label

SUBSETS = {
    "imagenet-1k": 1000,
    "imagenet-12k": 11821,
    "imagenet-21k": 21843,
    "imagenet-21k-miil": 11221,
    "imagenet-22k": 21841,
    "imagenet-22k-ms": 21842,
}


@pytest.mark.parametrize(("subset", "count"), SUBSETS.items())
def test_lists_of_timm_in_timms_order(subset, count):
    every = class_names(subset, synonyms=True)
    assert list(every) == ImageNetInfo(subset).label_descriptions()
    names = class_names(subset)
    assert len(names) == len(set(names)) == count
    for name, description in zip(names, every, strict=True):
        assert re.sub(r" \(n\d{8}\)$", "", name) == description.split(",")[0]


def test_classes_of_one_name_get_wordnets_number():
    names = class_names("imagenet-1k")
    assert names[134] == "crane (n02012849)"
    assert names[517] == "crane (n03126707)"
    assert names[281] == "tabby"


@pytest.mark.parametrize("title", ["ImageNet_1K", "imagenet1k", "imagenet 1k"])
def test_spellings_of_a_list(title):
    assert class_names(title)[0] == "tench"


def test_the_bundled_list():
    assert class_names("emoji-vit")[:3] == ("cat", "dog", "rabbit")


def test_an_unknown_list_is_named_with_those_there_are():
    with pytest.raises(ValueError, match=r"'places365'.*imagenet-1k.*emoji-vit"):
        class_names("places365")


def test_a_module_of_timm():
    module = timm.create_model("test_vit")
    assert class_names(module) == class_names("imagenet-1k")
    assert class_names(module, synonyms=True)[281] == "tabby, tabby cat"
    assert class_names(timm.create_model("test_vit", num_classes=7)) is None
    assert class_names(timm.create_model("test_vit", num_classes=0)) is None


def test_names_in_timms_configuration_go_first():
    module = timm.create_model("test_vit", num_classes=3)
    module.pretrained_cfg["label_names"] = ["ant", "bee", "cat"]
    assert class_names(module) == ("ant", "bee", "cat")
    other_head = timm.create_model("test_vit", num_classes=1000)
    other_head.pretrained_cfg["label_names"] = ["ant", "bee", "cat"]
    assert class_names(other_head) is None


def test_names_given_to_a_hooked_model_go_first():
    config = SimpleNamespace(n_classes=2)
    model = SimpleNamespace(config=config, class_names=("yes", "no"))
    assert class_names(model) == ("yes", "no")
    assert class_names(SimpleNamespace(config=config, class_names=None)) is None


@given(st.lists(st.text(), min_size=1, max_size=30), st.randoms(), st.booleans())
@settings(deadline=None)
def test_id2label_in_any_order(names, random, digits):
    items = list(enumerate(names))
    random.shuffle(items)
    table = {str(i) if digits else i: name for i, name in items}
    assert names_from_id2label(table) == tuple(names)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({}, "it is empty"),
        ({0: "a", 2: "c", 5: "f"}, r"lacks 1 \(its 3 keys go up to 5\)"),
        ({1: "a", 2: "b"}, "lacks 0"),
        ({10 * i: "a" for i in range(1, 9)}, r"lacks 0, 1, 2, 3, 4, \.\.\."),
        ({0: "a", "0": "b"}, "two names for class 0: 'a' and 'b'"),
        ({"1": "a", "01": "b", 0: "c"}, "two names for class 1"),
        ({"zero": "a"}, "the key 'zero'"),
        ({-1: "a"}, "the key -1"),
        ({True: "a", 0: "b"}, "the key True"),
        ({0.0: "a"}, r"the key 0\.0"),
        ({0: None}, "gives None as the name of class 0"),
    ],
)
def test_id2label_that_names_no_list_of_classes(table, message):
    with pytest.raises(ValueError, match=message):
        names_from_id2label(table)
