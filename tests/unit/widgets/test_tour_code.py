"""The Python of every state is run, and gives the same numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

import vitwidgets as vw
from vitwidgets.methods import attention_statistics
from vitwidgets.widgets import AttentionHeadTour

from .test_attention_source import PICTURE, PLAIN
from .test_tour_compare import BARE

if TYPE_CHECKING:
    from pathlib import Path

    from vitwidgets.models import HookedViT

SCENES = vw.images.sample_names()


@pytest.fixture(scope="module")
def bundled() -> HookedViT:
    return vw.load_model()


@pytest.fixture(scope="module")
def twin_tour(bundled: HookedViT) -> AttentionHeadTour:
    first, second = (vw.images.sample(name) for name in SCENES[:2])
    return AttentionHeadTour(bundled, first, compare=second, layer=3, head=2, query=40)


def run(code: str, **given: Any) -> AttentionHeadTour:
    exec(code, given)  # noqa: S102
    return given["tour"]


def assert_same(again: AttentionHeadTour, tour: AttentionHeadTour) -> None:
    np.testing.assert_array_equal(again.results, tour.results)
    for name in again.settable_names():
        if name not in ("stops", "stop"):
            assert getattr(again, name) == getattr(tour, name)
    for mine, theirs in zip(again.compared, tour.compared, strict=True):
        np.testing.assert_array_equal(mine["picture"], theirs["picture"])


STATES: list[dict[str, Any]] = [
    {"shown": "scores"},
    {"shown": "written"},
    {"shown": "rollout"},
    {"region": [1, 2, 4, 5]},
    {"pins": [[0, 1], [5, 3]]},
    {"large": "matrix"},
    {"sort": "object_auroc"},
    {"search": "\"'\\ \N{DOG FACE}\u2028 ${x} {y} entropy>2\nimport os"},
    {"selection": [[0, 0], [4, 2]]},
    {"side": 1},
    {"side": 1, "shown": "rollout", "region": [0, 0, 0, 0], "pins": [[0, 0]]},
]


@pytest.mark.parametrize("state", STATES)
def test_code_makes_each_state_again(
    twin_tour: AttentionHeadTour, state: dict[str, Any], capsys: Any
) -> None:
    tour = twin_tour
    plain = tour.code()
    before = {name: getattr(tour, name) for name in state}
    for name, value in state.items():
        assert f"\n    {name}=" not in plain
        setattr(tour, name, value)
    try:
        assert_same(run(tour.code()), tour)
        head = 0 if tour.shown == "rollout" else tour.head
        printed = np.fromstring(capsys.readouterr().out.strip("[]\n"), sep=" ")
        shown = tour.results[tour.layer, head]
        np.testing.assert_allclose(printed, shown, rtol=1e-5, atol=1e-7)
    finally:
        for name, value in before.items():
            setattr(tour, name, value)


def test_code_leaves_out_the_guided_tour_and_the_history(
    twin_tour: AttentionHeadTour,
) -> None:
    plain = twin_tour.code()
    twin_tour.tour()
    while twin_tour.undone < len(twin_tour.history):
        twin_tour.undo()
    assert twin_tour.code() == plain


def test_another_model_is_made_again() -> None:
    # A name that timm knows gives the weights that torch's seed gives.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        other = vw.load_model("vit_tiny_patch16_224", pretrained=False)
    scenes = [vw.images.sample(name) for name in SCENES[:2]]
    model = vw.load_model()
    for compare in (other, (other, scenes[1])):
        tour = AttentionHeadTour(model, scenes[0], compare=compare, side=1)
        code = tour.code()
        assert code.count("vw.load_model('vit_tiny_patch16_224')") == 1
        code = code.replace("vw.load_model('vit_tiny_patch16_224')", "given")
        again = run(code, given=other)
        assert_same(again, tour)


def test_two_bundled_models_are_both_loaded(bundled: HookedViT) -> None:
    scene = vw.images.sample(SCENES[0])
    tour = AttentionHeadTour(bundled, scene, compare=vw.load_model(), side=1)
    code = tour.code()
    assert "\nmodel = vw.load_model()\n" in code
    assert "\ncompare = vw.load_model()\n" in code
    assert_same(run(code), tour)


def test_paths_of_both_images_are_kept(bundled: HookedViT, tmp_path: Path) -> None:
    for name in SCENES[:2]:
        vw.images.sample(name).image.save(tmp_path / f"{name} image = 'x'.png")
    first, second = sorted(tmp_path.iterdir())
    tour = AttentionHeadTour(bundled, first, compare=str(second), side=1)
    assert_same(run(tour.code()), tour)


def test_what_is_not_known_is_asked_for_on_both_sides() -> None:
    tour = AttentionHeadTour(PLAIN, PICTURE, compare=(BARE, np.asarray(PICTURE)))
    code = tour.code()
    assert "other = ...  # put your model here; it was called 'other-0'" in code
    assert "compare = ...  # put your image here; it was given as 'ndarray'" in code
    for name in ("model", "image", "other"):
        code = code.replace(f"{name} = ...", f"{name} = given[{name!r}]")
    code = code.replace("compare = ...", "compare = given['image']")
    again = run(code, given={"model": PLAIN, "image": PICTURE, "other": BARE})
    assert_same(again, tour)


def test_code_reminds_of_the_statistics_that_were_given(bundled: HookedViT) -> None:
    scene = vw.images.sample(SCENES[0])
    statistics = attention_statistics(bundled, scene, progress=False)
    tour = AttentionHeadTour(bundled, scene, statistics=statistics)
    assert "    # Give statistics= and ablation= again" in tour.code()
    assert_same(run(tour.code()), tour)
    assert "statistics" not in AttentionHeadTour(bundled, scene).code()


def test_code_runs_where_the_other_model_has_nothing_to_show(capsys: Any) -> None:
    tour = AttentionHeadTour(PLAIN, PICTURE, compare=BARE, side=1, query=0)
    code = tour.code().replace("model = ...", "model = given[0]")
    code = code.replace("image = ...", "image = given[1]")
    again = run(
        code.replace("compare = ...", "compare = given[2]"),
        given=(PLAIN, PICTURE, BARE),
    )
    assert again.side == 1
    assert capsys.readouterr().out == "[]\n"
