from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.unit.methods.attacked_vits import (
    NAMES,
    PREPROCESSING,
    attack_that_flips,
    named_vit,
    plain_logits,
    random_pictures,
)
from tests.unit.methods.small_vits import GRIDS, hooked_vit
from vitwidgets.images import ImageError, prepare_image
from vitwidgets.images.lettering import write_label
from vitwidgets.methods.share_interval import wilson_interval
from vitwidgets.methods.typographic_attack import typographic_attack
from vitwidgets.methods.typography.pictures import model_input
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import UnsupportedModelError

PICTURES = random_pictures(30)


@pytest.fixture(name="model", scope="module")
def _model():
    return named_vit()


@pytest.fixture(name="said", scope="module")
def _said(model):
    """What the plain model says of the pictures as they are."""
    plain = np.stack([np.asarray(each) for each in PICTURES])
    return plain_logits(model, plain).argmax(-1)


def test_every_answer_is_the_plain_models(model, said):
    labels = said.tolist()
    labels[0] = (labels[0] + 1) % 6  # one that it gets wrong
    written = [(label + 1 + index % 5) % 6 for index, label in enumerate(labels)]
    found = typographic_attack(
        model, PICTURES, labels, written=written, area=0.3, place="top"
    )
    words = [NAMES[index] for index in written]
    for ink, answers in (("black", found.lettered), ("white", found.blank)):
        pictures = [
            np.asarray(write_label(each, word, place="top", area=0.3, ink=ink))
            for each, word in zip(PICTURES, words, strict=True)
        ]
        expected = plain_logits(model, np.stack(pictures)).argmax(-1)
        assert torch.equal(answers, expected)
    assert torch.equal(found.plain, said)
    assert found.words == NAMES
    right = [index for index in range(30) if labels[index] == said[index]]
    assert found.accuracy.hits == len(right) == 29
    lettered, blank = found.lettered.tolist(), found.blank.tolist()
    counts = {
        "flips": sum(lettered[i] == written[i] for i in right),
        "still_right": sum(lettered[i] == labels[i] for i in right),
        "flips_by_paper": sum(blank[i] == written[i] for i in right),
        "right_with_paper": sum(blank[i] == labels[i] for i in right),
    }
    for name, hits in counts.items():
        share = getattr(found, name)
        assert (share.hits, share.count) == (hits, 29)
        assert share.interval == wilson_interval(hits, 29)
        assert f"({hits} of 29;" in repr(found)
    assert 0 < counts["still_right"] < 29


def test_pixels_are_those_of_the_models_preprocessing(model):
    picture = random_pictures(1, seed=4)[0].resize((50, 44))
    prepared = prepare_image(picture, PREPROCESSING)
    ours = model_input(model, prepared.picture[None])
    torch.testing.assert_close(ours, prepared.pixels, rtol=0, atol=1e-6)


def test_drawn_words_are_wrong_ones_and_the_same_for_a_seed(model, said):
    def written(seed):
        return typographic_attack(model, PICTURES, said.tolist(), seed=seed).written

    drawn = written(0)
    assert not (drawn == said).any()
    assert len(set(drawn.tolist())) > 2
    assert torch.equal(drawn, written(0))
    assert not torch.equal(drawn, written(1))


def test_classes_are_named_or_counted(model, said):
    labels = [NAMES[index] for index in said]
    one = typographic_attack(model, PICTURES, labels, seed=3)
    two = typographic_attack(model, PICTURES, said.tolist(), seed=3)
    assert torch.equal(one.lettered, two.lettered)
    others = [i for i, label in enumerate(labels) if label != "owl"]
    chosen = [PICTURES[i] for i in others]
    by_name = typographic_attack(
        model, chosen, [labels[i] for i in others], written="owl"
    )
    assert set(by_name.written.tolist()) == {NAMES.index("owl")}


def test_a_folder_is_attacked(model, said, tmp_path):
    for index, picture in enumerate(PICTURES[:4]):
        picture.save(tmp_path / f"{index}.png")
    of_folder = typographic_attack(model, tmp_path, said[:4].tolist())
    of_list = typographic_attack(model, PICTURES[:4], said[:4].tolist())
    assert torch.equal(of_folder.lettered, of_list.lettered)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"labels": [0]}, ValueError, "30 images and 1 labels"),
        ({"images": [], "labels": []}, ValueError, "one image at least"),
        ({"labels": ["zebra"] * 30}, ValueError, "no class 'zebra'; there are cat, "),
        ({"labels": [9] * 30}, IndexError, "there is no class 9"),
        ({"written": ["cat"]}, ValueError, "1 words to write on 30 pictures"),
        ({"written": "mug"}, ValueError, "no class 'mug'"),
        ({"place": "left"}, ValueError, "top, middle or bottom"),
        ({"area": 2}, ValueError, "area is the share"),
        ({"images": [*PICTURES[:29], 5]}, ImageError, "image 29: "),
    ],
)
def test_what_cannot_be_attacked_is_an_error(model, said, change, error, message):
    options = {"images": PICTURES, "labels": said.tolist(), **change}
    with pytest.raises(error, match=message):
        typographic_attack(
            model, options.pop("images"), options.pop("labels"), **options
        )


def test_the_true_word_is_no_attack(model, said):
    label = NAMES[int(said[3])]
    first = said.tolist().index(int(said[3]))
    with pytest.raises(ValueError, match=f"'{label}' is what picture {first} shows"):
        typographic_attack(model, PICTURES, said.tolist(), written=label)


def test_a_model_that_is_never_right_cannot_flip(model, said):
    wrong = ((said + 1) % 6).tolist()
    with pytest.raises(ValueError, match="right on none of the 30 pictures"):
        typographic_attack(model, PICTURES, wrong)


def test_models_without_names_or_preprocessing_are_refused(model, said):
    labels = said.tolist()
    nameless = HookedViT(model.module, preprocessing=PREPROCESSING)
    with pytest.raises(ValueError, match="have no names"):
        typographic_attack(nameless, PICTURES, labels)
    unprepared = HookedViT(model.module, class_names=NAMES)
    with pytest.raises(ValueError, match="no preprocessing"):
        typographic_attack(unprepared, PICTURES, labels)
    headless = hooked_vit(GRIDS["square, cls"], num_classes=0)
    with pytest.raises(UnsupportedModelError, match="no classifier"):
        typographic_attack(headless, PICTURES, labels)


def test_flips_are_of_pictures_that_were_right(model):
    attack = attack_that_flips(model)
    flipped = (attack.plain == attack.true) & (attack.lettered == attack.written)
    assert torch.equal(attack.flipped, flipped)
    assert 10 < int(flipped.sum()) < int(attack.right.sum()) < 60
