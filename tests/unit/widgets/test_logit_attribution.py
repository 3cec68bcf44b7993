from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import torch
from PIL import Image
from timm.models.vision_transformer import ParallelThingsBlock, VisionTransformer
from traitlets import TraitError

import vitwidgets as vw
from vitwidgets.images import Preprocessing, prepare_image
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.widgets.attribution.kept import chosen_before
from vitwidgets.widgets.logit_attribution import LogitAttribution

from .test_sharing import Reader, unpacked

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Page

LAYERS, HEADS, TOKENS, NEURONS, CLASSES = 2, 4, 16, 128, 7
NAMES = ["tabby cat", "tiger cat", "bullfrog", "dog", "pizza", "rocket", "moon"]
PICTURE = Image.fromarray(
    np.random.default_rng(3).integers(0, 256, (24, 40, 3), np.uint8)
)
PREPROCESSING = Preprocessing(
    input_size=(24, 40),
    interpolation="bicubic",
    crop_pct=1.0,
    crop_mode="squash",
    mean=(0.5, 0.4, 0.3),
    std=(0.2, 0.3, 0.4),
)
WHOLE = {"target": 1, "versus": -1, "measure": "logit"}


def make(**options: Any) -> HookedViT:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = VisionTransformer(
            **{
                "img_size": (24, 40),
                "patch_size": 8,
                "embed_dim": 32,
                "depth": LAYERS,
                "num_heads": HEADS,
                "num_classes": CLASSES,
                **options,
            }
        ).eval()
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.normal_(std=0.3)
    names = NAMES if module.num_classes else None
    return HookedViT(module, preprocessing=PREPROCESSING, class_names=names)


MODEL = make()
SEVERAL = make(block_fn=ParallelThingsBlock)
with torch.no_grad():
    LOGITS = MODEL.module(prepare_image(PICTURE, PREPROCESSING).pixels)[0].double()
BEST = int(LOGITS.argmax())


def test_it_opens_on_the_likeliest_class_and_says_what_it_is_made_of() -> None:
    view = LogitAttribution(MODEL, PICTURE)
    assert view.target == BEST
    assert view.output_classes[0] == BEST
    assert view.measure == "logit"
    assert (view.n_layers, view.n_heads, view.n_tokens) == (LAYERS, HEADS, TOKENS)
    assert view.class_names == NAMES
    assert len(view.class_emoji) == CLASSES
    assert sum(view.results.values()) == pytest.approx(float(LOGITS[BEST]), abs=1e-5)
    assert {"embedding", "L1.H3", "L0.MLP", "class bias"} <= view.results.keys()


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"target": 3}, LOGITS[3]),
        ({"target": "pizza"}, LOGITS[4]),
        (
            {"target": 3, "versus": "moon", "measure": "difference"},
            LOGITS[3] - LOGITS[6],
        ),
        (
            {"target": 3, "measure": "log_probability"},
            LOGITS.log_softmax(-1)[3],
        ),
    ],
)
def test_any_number_can_be_asked_for(state: dict[str, Any], expected: Any) -> None:
    view = LogitAttribution(MODEL, PICTURE, **state)
    assert sum(view.results.values()) == pytest.approx(float(expected), abs=1e-5)
    said = re.search(r"sum (\S+) = (\S+)$", view.caption())
    assert said is not None
    for text in said.groups():
        assert float(text) == pytest.approx(float(expected), abs=1e-4)


def test_the_model_runs_once(page: Page) -> None:
    runs: list[object] = []
    handle = MODEL.module.register_forward_pre_hook(lambda *_: runs.append(1))
    try:
        view = LogitAttribution(MODEL, PICTURE)
        view.target = 2
        assert view.results
        view.still()
        with view.hold_trait_notifications():
            view.measure, view.versus = "difference", 4
        assert view.results
    finally:
        handle.remove()
    assert len(runs) == 1


def answered(view: LogitAttribution, kind: str, **arguments: Any) -> dict[str, Any]:
    answer = view.answers()[kind](**arguments)
    return {**answer.result, **answer.arrays}


@pytest.mark.parametrize("measure", ["logit", "difference", "log_probability"])
def test_the_parts_that_a_page_gets_add_up_to_the_models_output(measure: str) -> None:
    view = LogitAttribution(MODEL, PICTURE)
    got = answered(view, "attribution", target=1, versus=5, measure=measure)
    expected = {
        "logit": LOGITS[1],
        "difference": LOGITS[1] - LOGITS[5],
        "log_probability": LOGITS.log_softmax(-1)[1],
    }[measure]
    assert got["value"] == pytest.approx(float(expected), abs=1e-5)
    assert got["sum"] + got["residue"] == pytest.approx(got["value"], abs=1e-12)
    assert abs(got["residue"]) < 1e-5
    arrays = ("heads", "attention_bias", "mlp", "mlp_bias")
    total = sum(float(got[name].sum()) for name in arrays)
    total += sum(term["value"] for term in got["outer"])
    assert total == pytest.approx(float(expected), abs=1e-5)
    assert got["heads"].shape == (LAYERS, HEADS)
    assert got["depth"].shape == (2 * LAYERS + 1,)
    assert got["depth"][-1] == pytest.approx(float(expected), abs=1e-5)
    assert got["attention"] == pytest.approx(
        got["heads"].sum(1) + got["attention_bias"], abs=1e-5
    )
    assert {got[name].dtype for name in (*arrays, "depth")} == {np.dtype("float32")}
    assert got["frozen"] == ["the final norm"]
    assert bool(got["note"]) == (measure == "log_probability")
    has_entropy = "entropy" in {term["address"] for term in got["outer"]}
    assert has_entropy == (measure == "log_probability")


def test_a_heads_tokens_add_up_to_its_bar() -> None:
    view = LogitAttribution(MODEL, PICTURE)
    bars = answered(view, "attribution", **WHOLE)["heads"]
    for layer in range(LAYERS):
        for head in range(HEADS):
            got = answered(view, "sources", **WHOLE, layer=layer, head=head)
            assert got["values"].shape == (TOKENS,)
            assert got["values"].sum() == pytest.approx(bars[layer, head], abs=1e-5)
            assert got["parent"] == pytest.approx(bars[layer, head], abs=1e-5)
            assert got["sum"] + got["residue"] == pytest.approx(got["parent"])
            assert abs(got["residue"]) < 1e-5


def test_an_mlps_strongest_neurons_and_the_rest_add_up_to_its_bar() -> None:
    view = LogitAttribution(MODEL, PICTURE)
    bars = answered(view, "attribution", **WHOLE)["mlp"]
    got = answered(view, "neurons", **WHOLE, layer=1)
    assert got["n_neurons"] == NEURONS
    assert len(got["index"]) == len(got["values"]) == 20
    assert got["values"].sum() + got["rest"] == pytest.approx(bars[1], abs=1e-5)
    assert got["sum"] == pytest.approx(got["parent"], abs=1e-9)
    # By hand: the final norm's scale is held, so that the logit is linear.
    module = MODEL.module
    with torch.no_grad():
        _, cache = MODEL.run_with_cache(prepare_image(PICTURE, PREPROCESSING).pixels)
        last = cache[f"blocks.{LAYERS - 1}.hook_resid_post"][0, 0]
        scale = (last.var(correction=0) + module.norm.eps).sqrt()
        direction = module.norm.weight * module.head.weight[1]
        direction = (direction - direction.mean()) / scale
        fc2 = module.blocks[1].mlp.fc2
        each = cache["blocks.1.mlp.hook_post"][0, 0] * (direction @ fc2.weight)
    order = each.abs().argsort(descending=True)[:20]
    assert got["index"].tolist() == order.tolist()
    assert got["values"] == pytest.approx(each[order].numpy(), abs=1e-5)


def test_layers_whose_heads_cannot_be_told_apart_say_so() -> None:
    view = LogitAttribution(SEVERAL, PICTURE)
    got = answered(view, "attribution", **WHOLE)
    assert np.isnan(got["heads"]).all()
    assert np.isfinite(got["attention"]).all()
    assert "side by side" in got["whole"][0]
    total = float(got["attention"].sum() + got["mlp"].sum())
    total += sum(term["value"] for term in got["outer"])
    assert total == pytest.approx(got["value"], abs=1e-4)
    with pytest.raises(UnsupportedModelError, match="side by side"):
        answered(view, "sources", **WHOLE, layer=0, head=0)
    view.component = "L0.H0"
    assert view.still().height > 0


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        ("attribution", {**WHOLE, "target": 7}, "target=7 doesn't exist"),
        ("attribution", {**WHOLE, "target": 1.5}, "a whole number"),
        ("attribution", {**WHOLE, "versus": -2}, "versus=-2 doesn't exist"),
        ("attribution", {**WHOLE, "measure": "odds"}, "measure='odds'"),
        ("attribution", {**WHOLE, "measure": "difference"}, "give the other one"),
        ("sources", {**WHOLE, "layer": 2, "head": 0}, "layer=2 doesn't exist"),
        ("sources", {**WHOLE, "layer": 0, "head": 4}, "head=4 doesn't exist"),
        ("neurons", {**WHOLE, "layer": -1}, "layer=-1 doesn't exist"),
    ],
)
def test_requests_that_make_no_sense_are_answered_with_the_reason(
    kind: str, arguments: dict[str, Any], message: str
) -> None:
    view = LogitAttribution(MODEL, PICTURE)
    with pytest.raises((TraitError, ValueError, IndexError), match=message):
        view.answers()[kind](**arguments)


def test_emoji_of_all_classes_can_be_had() -> None:
    view = LogitAttribution(MODEL, PICTURE)
    answer = view.answers()["sprites"]()
    assert answer.result["emoji"] == list(dict.fromkeys(view.class_emoji))
    assert bytes(answer.arrays["sheet"][:4]) == b"RIFF"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("target", 7, "target=7 doesn't exist"),
        ("target", -1, "target=-1 doesn't exist"),
        ("versus", 7, "versus=7 doesn't exist"),
        ("measure", "odds", "measure"),
        ("measure", "difference", "needs another class"),
        ("component", "L2", "layer=2 doesn't exist"),
        ("component", "L0.H4", "head=4 doesn't exist"),
        ("component", "L0.MLP.n128", "neuron=128 doesn't exist"),
        ("component", "L0.x", "write 'L3', 'L3.H2'"),
        ("component", "the first", "write 'L3', 'L3.H2'"),
    ],
)
def test_a_state_that_does_not_exist_is_refused(
    name: str, value: Any, message: str
) -> None:
    view = LogitAttribution(MODEL, PICTURE, target=2, component="L1.H1")
    before = repr(view)
    with pytest.raises(TraitError, match=message):
        setattr(view, name, value)
    assert repr(view) == before


def test_a_class_is_not_compared_with_itself() -> None:
    view = LogitAttribution(MODEL, PICTURE, target=2, versus=3, measure="difference")
    for name, value in (("target", 3), ("versus", 2), ("versus", -1)):
        with pytest.raises(TraitError, match=r"choose two classes|needs another"):
            setattr(view, name, value)
    assert (view.target, view.versus, view.measure) == (2, 3, "difference")
    view.act("swap", "", target=3, versus=2)
    assert (view.target, view.versus) == (3, 2)
    view.undo()
    assert (view.target, view.versus) == (2, 3)


@pytest.mark.parametrize(
    "component",
    [
        "",
        "embedding",
        "norm bias",
        "entropy",
        "L0",
        "L1.attention",
        "L1.attention bias",
        "L1.H3",
        "L1.MLP",
        "L1.MLP bias",
        "L1.MLP.n127",
    ],
)
def test_every_part_can_be_opened(component: str) -> None:
    view = LogitAttribution(MODEL, PICTURE)
    view.component = component
    assert view.still().size[0] > 320
    if component:
        assert component in view.caption()


def test_the_page_may_compare_in_one_update(page: Page) -> None:
    view = LogitAttribution(MODEL, PICTURE, target=1)
    page.set(view, measure="difference", versus=4)
    assert (view.measure, view.versus) == ("difference", 4)
    page.set(view, versus=-1)
    assert page.messages("refused")
    assert view.versus == 4
    page.set(view, class_names=["x"])
    assert view.class_names == NAMES


@pytest.mark.parametrize("text", ["cat", "zebra"])
def test_a_name_that_means_no_class_or_several_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        LogitAttribution(MODEL, PICTURE, target=text)


def test_a_model_without_a_classifier_is_refused() -> None:
    with pytest.raises(UnsupportedModelError, match="it has no classifier"):
        LogitAttribution(make(num_classes=0), PICTURE)


def test_a_misspelt_state_is_refused() -> None:
    with pytest.raises(TypeError, match="no state 'mesure'"):
        LogitAttribution(MODEL, PICTURE, mesure="logit")


def test_a_closed_view_says_so() -> None:
    view = LogitAttribution(MODEL, PICTURE)
    answers = view.answers()
    view.close()
    for ask in (
        lambda: view.results,
        view.kept_answers,
        lambda: answers["attribution"](**WHOLE),
        lambda: answers["neurons"](**WHOLE, layer=0),
    ):
        with pytest.raises(RuntimeError, match="was closed"):
            ask()
    view.close()


def saved(view: LogitAttribution, folder: Path) -> dict[str, Any]:
    view.to_html(folder / "view.html")
    return Reader((folder / "view.html").read_text("utf-8")).data


def test_a_saved_page_holds_every_level_of_the_present_classes(tmp_path: Path) -> None:
    view = LogitAttribution(MODEL, PICTURE, target=1, versus=4)
    page = saved(view, tmp_path)
    measures = ["logit", "difference", "log_probability"]
    choices = [{"target": 1, "versus": 4, "measure": each} for each in measures]
    assert page["state"]["readable"] == choices
    assert view.readable == []
    requests = [each["request"] for each in page["answers"]]
    assert [r for r in requests if r["kind"] == "attribution"] == [
        {"kind": "attribution", **choice} for choice in choices
    ]
    assert sum(r["kind"] == "neurons" for r in requests) == 3 * LAYERS
    assert sum(r["kind"] == "sources" for r in requests) == 3 * LAYERS * HEADS
    assert requests[-1] == {"kind": "sprites"}
    for each in page["answers"]:
        arguments = dict(each["request"])
        live = view.answers()[arguments.pop("kind")](**arguments)
        assert each["reply"]["result"] == live.result
        for array in each["reply"]["arrays"]:
            assert np.array_equal(unpacked(array), live.arrays[array["name"]])


def test_a_saved_page_can_be_undone(tmp_path: Path) -> None:
    view = LogitAttribution(MODEL, PICTURE, target=1)
    view.act("choose", target=5)
    view.act("open", component="L0.H1")
    view.act("compare", versus=2, measure="difference")
    view.undo()
    readable = saved(view, tmp_path)["state"]["readable"]
    held = {(each["target"], each["versus"], each["measure"]) for each in readable}
    assert held == {
        (5, -1, "logit"),
        (5, -1, "log_probability"),
        (1, -1, "logit"),
        (5, 2, "difference"),
    }


def test_what_was_chosen_is_found_from_the_acts() -> None:
    def act(**changes: tuple[Any, Any]) -> dict[str, Any]:
        before = {name: pair[0] for name, pair in changes.items()}
        after = {name: pair[1] for name, pair in changes.items()}
        return {"before": before, "after": after}

    acts = [
        act(target=(0, 1)),
        act(component=("", "L0")),
        act(target=(1, 2), versus=(-1, 5)),
        act(measure=("logit", "difference")),
        act(target=(2, 3)),
    ]
    assert chosen_before((2, 5, "difference"), acts, 1) == [
        (2, 5, "difference"),
        (2, 5, "logit"),
        (1, -1, "logit"),
        (0, -1, "logit"),
        (3, 5, "difference"),
    ]


def test_a_saved_page_of_a_model_whose_heads_are_one_holds_the_rest(
    tmp_path: Path,
) -> None:
    page = saved(LogitAttribution(SEVERAL, PICTURE, target=1), tmp_path)
    kinds = {each["request"]["kind"] for each in page["answers"]}
    assert kinds == {"attribution", "sprites"}


def test_the_still_paints_what_a_heads_patches_add() -> None:
    view = LogitAttribution(MODEL, PICTURE, target=1)
    plain = np.asarray(view.still())[:180, :320]
    view.component = "L1.H2"
    painted = np.asarray(view.still())[:180, :320].astype(int)
    values = answered(view, "sources", **WHOLE, layer=1, head=2)["values"][1:]
    values = values.reshape(3, 5)
    assert not np.array_equal(plain, painted)
    row, column = np.unravel_index(np.abs(values).argmax(), values.shape)
    red, _, blue = painted[row * 64 + 32, column * 64 + 32]
    assert (red > blue) == (values[row, column] > 0)


def test_the_svg_names_the_largest_terms() -> None:
    view = LogitAttribution(MODEL, PICTURE, target=1)
    root = ET.fromstring(view.svg())  # noqa: S314 (our own)
    words = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    largest = max(view.results, key=lambda name: abs(view.results[name]))
    assert words[0] == largest
    assert words[1] == f"{view.results[largest]:+.4f}"
    assert words[-1] == view.caption()
    assert words[-2] == f"{float(LOGITS[1]):+.4f}"


def test_code_opens_the_present_state(monkeypatch: pytest.MonkeyPatch) -> None:
    # It is exported by the package as soon as its view is there.
    monkeypatch.setitem(vars(vw), "LogitAttribution", LogitAttribution)
    view = LogitAttribution(
        vw.load_model(), vw.images.sample("cat-and-dog"), component="L3.H2"
    )
    names: dict[str, Any] = {}
    with redirect_stdout(io.StringIO()) as printed:
        exec(view.code(), names)  # noqa: S102
    opened = names["attribution"]
    assert repr(opened) == repr(view)
    assert printed.getvalue().startswith("{'embedding': ")
    assert opened.results == view.results
