from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest
import torch

import vitwidgets as vw
from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels, plain_patterns
from vitwidgets.methods import HeadAblation, HeadStatistics, attention_statistics
from vitwidgets.methods.head_record_numbers import statistic_limits
from vitwidgets.models import HookedViT, PatchGrid
from vitwidgets.widgets.head_measurements import HeadMeasurements, measurements_for
from vitwidgets.wire import replies

GRID = PatchGrid(4, 4, (8, 8), ("cls",))
CAUSAL = [
    "logit_change",
    "logit_change_ci95",
    "accuracy_change",
    "accuracy_change_ci95",
]
CORNER, OFFSET, NOTHING, NEARLY = (0, 0), (0, 1), (1, 0), (1, 1)


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def by_hand() -> HeadStatistics:
    """Give two layers of two heads, each with numbers chosen for it."""
    numbers = {
        name: torch.zeros(2, 2, dtype=torch.float64) for name in statistic_limits(GRID)
    }
    numbers["relative_entropy"][:] = 0.5
    numbers["object_auroc"][:] = torch.nan
    numbers["corner_mass"][CORNER] = 0.834
    numbers["border_mass"][CORNER] = 0.411
    numbers["offset_mass"][OFFSET] = 0.75
    numbers["offset_col"][OFFSET] = -1
    numbers["cls_mass"][NEARLY] = 0.25
    return HeadStatistics("by hand", GRID, 2, (), numbers, {})


def removed(accuracy: float = 0.98, shape: tuple[int, int] = (2, 2)) -> HeadAblation:
    change = torch.zeros(shape, dtype=torch.float64)
    change[0, 0], change[-1, -1] = -0.421, -0.004
    half = torch.full(shape, 0.052, dtype=torch.float64)
    return HeadAblation("mean", 1256, accuracy, change, half, change / 10, half / 10)


def column(measured: HeadMeasurements, name: str) -> Any:
    names = [each.name for each in measured.columns]
    return measured.values[names.index(name)]


@pytest.fixture(scope="module")
def bundled() -> HookedViT:
    return vw.load_model()


@pytest.fixture(scope="module")
def scene() -> Any:
    return vw.images.sample(vw.images.sample_names()[0])


def test_types_have_their_evidence_in_words() -> None:
    assert HeadMeasurements(by_hand(), None, "two").types == [
        [
            {"type": "corner", "evidence": "corner 0.83", "runner_up": "border 0.41"},
            {
                "type": "offset (0,-1)",
                "evidence": "offset (0,-1) 0.75",
                "runner_up": "",
            },
        ],
        [
            {"type": "mixed", "evidence": "mixed", "runner_up": ""},
            {"type": "mixed", "evidence": "mixed", "runner_up": "CLS reader 0.25"},
        ],
    ]


def test_a_head_is_described_in_a_sentence() -> None:
    measured = HeadMeasurements(by_hand(), removed(), "two")
    assert measured.description(*CORNER) == (
        "corner 0.83, then border 0.41; without it the right answer's logit changes "
        "by -0.42 ± 0.05"
    )
    assert measured.description(*NOTHING) == (
        "mixed; without it the right answer's logit changes by +0.00 ± 0.05"
    )
    assert measured.description(*NEARLY) == (
        "mixed, nearest to CLS reader 0.25; without it the right answer's logit "
        "changes by +0.00 ± 0.05"
    )
    without = HeadMeasurements(by_hand(), None, "two")
    assert without.description(*OFFSET) == "offset (0,-1) 0.75"


def test_the_models_own_answers_are_not_called_right() -> None:
    measured = HeadMeasurements(by_hand(), removed(accuracy=1.0), "two")
    assert "without it the model's answer's logit" in measured.description(0, 0)
    helps = {each.name: each.help for each in measured.columns}
    assert "the model's answer's logit" in helps["logit_change"]


def test_columns_are_the_numbers_that_were_measured() -> None:
    model = hooked_vit(GRID)
    statistics = attention_statistics(model, pixels(GRID, 3), progress=False)
    measured = HeadMeasurements(statistics, removed(shape=(3, 4)), "three")
    assert measured.values.shape == (len(measured.columns), 3, 4)
    for each in measured.columns:
        expected = statistics.numbers.get(each.name)
        if expected is None:
            expected = getattr(measured.ablation, each.name)
        np.testing.assert_allclose(column(measured, each.name), expected, rtol=1e-6)
    assert [each.name for each in measured.columns][-4:] == CAUSAL
    without = HeadMeasurements(statistics, None, "three")
    assert without.columns == measured.columns[:-4]


def test_columns_speak_to_people() -> None:
    columns = HeadMeasurements(by_hand(), removed(), "two").columns
    titles = [each.title for each in columns]
    assert len(set(titles)) == len(titles)
    for each in columns:
        assert "_" not in each.title + each.help
        assert 0 < len(each.title) <= 40
        assert each.help[0].isupper()
        assert each.help.endswith(".")
    helps = {each.name: each.help for each in columns}
    assert "its mean over the images, over 1,256 images" in helps["logit_change"]
    assert helps["corner_mass"] == "Attention to the corner patches."


@pytest.mark.parametrize(
    ("grid", "there"),
    [
        ("square, cls", {"cls_mass"}),
        ("oblong, no prefix", set()),
        ("oblong, five", {"cls_mass", "register_mass"}),
    ],
)
def test_tokens_that_are_not_there_have_no_column(grid: str, there: set[str]) -> None:
    model = hooked_vit(GRIDS[grid])
    measured = measurements_for(model, pixels(GRIDS[grid], 1))
    names = {each.name for each in measured.columns}
    assert names & {"cls_mass", "register_mass"} == there


def test_the_page_gets_names_types_and_a_table() -> None:
    measured = HeadMeasurements(by_hand(), removed(), "256 scenes")
    (reply,) = replies("r", measured.answer())
    result = json.loads(json.dumps(reply.content["result"]))
    assert result["over"] == "256 scenes"
    assert result["types"] == measured.types
    assert result["columns"][0] == {
        "name": "mean_distance",
        "title": measured.columns[0].title,
        "help": measured.columns[0].help,
    }
    count = len(measured.columns)
    assert reply.content["arrays"] == [
        {"name": "values", "dtype": "float32", "shape": [count, 2, 2]}
    ]
    sent = np.frombuffer(reply.buffers[0], np.float32).reshape(count, 2, 2)
    names = [each["name"] for each in result["columns"]]
    assert sent[names.index("corner_mass"), 0, 0] == np.float32(0.834)
    assert np.isnan(sent[names.index("object_auroc")]).all()


def test_the_bundled_model_comes_with_its_measurements(
    bundled: HookedViT, scene: Any
) -> None:
    measured = measurements_for(bundled, scene.image)
    assert measured.over == "256 random scenes"
    assert [each.name for each in measured.columns][-4:] == CAUSAL
    # As the atlas of the page says.
    assert measured.types[0][1] == {
        "type": "CLS reader",
        "evidence": "CLS reader 0.87",
        "runner_up": "object 0.78",
    }
    assert measured.description(5, 0) == (
        "object 0.88, then uniform 0.90; without it the right answer's logit changes "
        "by -0.35 ± 0.13"
    )


def test_other_weights_are_measured_on_the_image_alone(scene: Any) -> None:
    model = vw.load_model()
    with torch.no_grad():
        model.module.blocks[0].attn.proj.bias[0] += 1e-3
    measured = measurements_for(model, scene)
    assert measured.over == "this image alone"
    assert measured.ablation is None
    assert np.isnan(column(measured, "generality")).all()
    assert np.isnan(column(measured, "object_auroc_elsewhere")).all()
    assert np.isfinite(column(measured, "object_auroc")).all()
    picture = torch.as_tensor(np.array(scene.image)).permute(2, 0, 1)[None]
    patterns = plain_patterns(model, picture / 127.5 - 1)
    to_class_token = torch.stack([each[0, :, 1:, 0].mean(-1) for each in patterns])
    np.testing.assert_allclose(
        column(measured, "cls_mass"), to_class_token.numpy(), atol=1e-5
    )
    assert np.isnan(column(measurements_for(model, scene.image), "object_auroc")).all()


def test_another_precision_is_another_model(scene: Any) -> None:
    measured = measurements_for(vw.load_model(dtype="float64"), scene)
    assert measured.over == "this image alone"


def test_what_is_given_is_what_is_shown(bundled: HookedViT, scene: Any) -> None:
    shape = (6, 4)
    statistics = attention_statistics(bundled, [scene, scene], progress=False)
    given = removed(shape=shape)
    both = measurements_for(bundled, scene, statistics, given)
    assert (both.statistics, both.ablation) == (statistics, given)
    assert both.over == "2 images"
    one = measurements_for(bundled, scene, statistics)
    assert (one.statistics, one.ablation) == (statistics, None)
    other = measurements_for(bundled, scene, ablation=given)
    assert (other.over, other.ablation) == ("256 random scenes", given)


def test_what_is_of_another_model_is_refused(bundled: HookedViT, scene: Any) -> None:
    message = "{} is of 2 layers x 2 heads; emoji-vit has 6 layers x 4 heads"
    with pytest.raises(ValueError, match=message.format("statistics")):
        measurements_for(bundled, scene, by_hand())
    with pytest.raises(ValueError, match=message.format("ablation")):
        measurements_for(bundled, scene, ablation=removed())
    own = attention_statistics(bundled, scene, progress=False)
    finer = dataclasses.replace(own, grid=PatchGrid(16, 16, (4, 4), ("cls",)))
    with pytest.raises(ValueError, match=r"of 4 x 4 .* emoji-vit has patches of 8 x 8"):
        measurements_for(bundled, scene, finer)
    bare = dataclasses.replace(own, grid=PatchGrid(8, 8, (8, 8)))
    with pytest.raises(ValueError, match=r"no prefix token; .* 8 x 8 pixels and cls"):
        measurements_for(bundled, scene, bare)
