"""The lens's Python side against the plain model, and what the page may ask."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image
from traitlets import TraitError

import vitwidgets as vw
from tests.unit.methods.small_vits import GRIDS, hooked_vit
from vitwidgets.images import Preprocessing, prepare_image, sample
from vitwidgets.methods.logit_lens import LogitLens
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.widgets.emoji_logit_lens import EmojiLogitLens

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.widgets.conftest import Page

SCENE = sample("cat-and-dog")
CAT, DOG = 0, 1
PREPARED = Preprocessing(
    input_size=(32, 32),
    interpolation="bicubic",
    crop_pct=1.0,
    crop_mode="center",
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
)


@pytest.fixture(scope="module")
def model() -> HookedViT:
    return vw.load_model()


@pytest.fixture(name="lens")
def _lens(model: HookedViT):
    lens = EmojiLogitLens(model, SCENE)
    yield lens
    lens.close()


@pytest.fixture(scope="module")
def plain(model: HookedViT) -> list[torch.Tensor]:
    """Logits of every token at every layer, by the module's own parts."""
    module: Any = model.module
    pixels = prepare_image(SCENE, model.preprocessing).pixels  # pyright: ignore[reportArgumentType]
    with torch.no_grad():
        stream = module._pos_embed(module.patch_embed(pixels))
        found = [module.head(module.norm(stream))[0]]
        for block in module.blocks:
            stream = block(stream)
            found.append(module.head(module.norm(stream))[0])
    return found


def test_it_opens_on_the_last_layer_with_what_the_model_says(
    lens: EmojiLogitLens, plain: list[torch.Tensor]
):
    assert (lens.layer, lens.mode, lens.lens, lens.norm) == (5, "emoji", "plain", "own")
    best = plain[-1][0].softmax(-1).topk(5)
    assert lens.output_classes.tolist() == best.indices.tolist()
    np.testing.assert_allclose(lens.output_probabilities, best.values, atol=1e-5)
    assert lens.class_names[CAT] == "cat"
    assert lens.class_emoji[DOG] == "🐶"
    kind = lens.superclasses[lens.class_superclasses[DOG]]
    assert "dog" in kind["name"]


def test_results_are_what_the_modules_own_parts_say(
    lens: EmojiLogitLens, plain: list[torch.Tensor]
):
    lens.target = DOG
    found = lens.results
    logits = torch.stack(plain).double()
    probabilities = logits.softmax(-1)
    best = probabilities.topk(5)
    np.testing.assert_allclose(found["top_probabilities"], best.values, atol=1e-5)
    own = probabilities.gather(-1, torch.from_numpy(found["top_classes"]))
    np.testing.assert_allclose(own, best.values, atol=1e-5)
    entropy = -(probabilities * probabilities.log()).sum(-1)
    np.testing.assert_allclose(found["entropy"], entropy, atol=1e-4)
    np.testing.assert_allclose(found["target_logits"], logits[..., DOG], atol=1e-4)
    ranks = (logits > logits[..., DOG : DOG + 1]).sum(-1)
    assert (found["target_ranks"] == ranks.numpy()).mean() > 0.99


def test_the_page_gets_what_results_hold(lens: EmojiLogitLens, page: Page):
    for way in ("own", "final"):
        got = page.ask(lens, "lens", lens="plain", norm=way)
        lens.norm = way
        found = lens.results
        assert (got["top_classes"] == found["top_classes"]).all()
        assert got["top_classes"].dtype == np.uint16
        shown = np.exp(got["top_logits"] - got["normaliser"][..., None])
        np.testing.assert_allclose(shown, found["top_probabilities"], rtol=1e-5)
    lens.norm = "own"
    opening = lens.opening
    assert (opening["lens"], opening["norm"]) == ("plain", "own")
    np.testing.assert_array_equal(opening["entropy"], lens.results["entropy"])


def test_the_page_asks_for_a_class(
    lens: EmojiLogitLens, page: Page, plain: list[torch.Tensor]
):
    got = page.ask(lens, "class", lens="plain", norm="own", target=CAT)
    expected = torch.stack(plain)[..., CAT]
    np.testing.assert_allclose(got["logits"], expected, atol=1e-4)
    assert got["ranks"].shape == (7, 65)
    for wrong in (64, -1, "cat", 1.0):
        answer = page.ask(lens, "class", lens="plain", norm="own", target=wrong)
        assert "target" in answer["error"]
    answer = page.ask(lens, "class", lens="bent", norm="own", target=CAT)
    assert answer["error"] == "lens='bent': plain, tuned"


def test_the_mask_and_its_overlap_are_those_of_a_loop_over_pixels(
    lens: EmojiLogitLens, page: Page, plain: list[torch.Tensor], tmp_path: Path
):
    lens.mask = [DOG, CAT]
    lens.layer = 4
    best = plain[5][1:].argmax(-1).reshape(8, 8)
    expected = np.array([[int(each) in (CAT, DOG) for each in row] for row in best])
    np.testing.assert_array_equal(lens.mask_array(), expected)
    truth = SCENE.masks["cat"] | SCENE.masks["dog"]
    both = either = right = 0
    for y in range(64):
        for x in range(64):
            said, true = bool(expected[y // 8, x // 8]), bool(truth[y, x])
            both += said and true
            either += said or true
            right += said == true
    got = page.ask(lens, "overlap", lens="plain", norm="own", classes=[DOG, CAT])
    assert got["truth"] == ["cat", "dog"]
    for overlap in (got, lens.overlap()):
        assert overlap["iou"][5] == pytest.approx(both / either)
        assert overlap["accuracy"][5] == pytest.approx(right / 64**2)
    lens.save_mask(tmp_path / "mask.png")
    saved = np.asarray(Image.open(tmp_path / "mask.png"))
    np.testing.assert_array_equal(saved[::8, ::8] == 255, expected)
    assert saved.shape == (64, 64)
    nothing = page.ask(lens, "overlap", lens="plain", norm="own", classes=[5])
    assert nothing["truth"] == []
    assert np.isnan(nothing["iou"]).all()


def test_masks_may_be_given(model: HookedViT, page: Page):
    picture = SCENE.image.resize((128, 96))
    left = np.zeros((96, 128), bool)
    left[:, :64] = True
    lens = EmojiLogitLens(model, picture, masks={"cat": left, "my thing": ~left})
    names = {each["name"]: each["classes"] for each in lens.truth}
    assert names == {"cat": [CAT], "my thing": []}
    assert lens.truth[0]["mask"].shape == (64, 64)
    with pytest.raises(ValueError, match=r"shape \(64, 64\), the image \(96, 128\)"):
        EmojiLogitLens(model, picture, masks={"cat": np.zeros((64, 64), bool)})
    with pytest.raises(TypeError, match=r"masks=\{'cat': mask\}"):
        EmojiLogitLens(model, picture, masks=left)  # pyright: ignore[reportArgumentType]
    alone = EmojiLogitLens(model, picture, masks={"my thing": left})
    got = page.ask(alone, "overlap", lens="plain", norm="own", classes=[5])
    assert got["truth"] == ["my thing"]


def test_the_page_gets_emoji_to_draw(lens: EmojiLogitLens, page: Page):
    got = page.ask(lens, "sprites")
    assert set(lens.class_emoji) <= set(got["emoji"])
    assert bytes(got["sheet"][:4]) == b"RIFF"


def test_norms_mark_what_stands_out():
    module: Any = hooked_vit(GRIDS["square, cls"]).module
    with torch.no_grad():
        module.pos_embed[0, 6] *= 200
    lens = EmojiLogitLens(HookedViT(module, preprocessing=PREPARED), SCENE)
    assert lens.artifacts[0].nonzero()[0].tolist() == [6]
    stream = lens.token_norms[0]
    assert stream[6] > 3 * np.median(stream[1:])
    assert lens.lenses == ["plain"]
    assert lens.class_names[3] == "class 3"


def test_classes_may_be_named(model: HookedViT, lens: EmojiLogitLens):
    named = EmojiLogitLens(model, SCENE, mode="heat", target="dog", mask=["cat", 5])
    assert (named.target, named.mask) == (DOG, [CAT, 5])
    assert lens.find("Elephant") == lens.class_names.index("elephant")
    with pytest.raises(ValueError, match="zzz"):
        EmojiLogitLens(model, SCENE, target="zzz")
    lens.target, lens.mask = "dog", ["cat"]
    assert (lens.target, lens.mask) == (DOG, [CAT])
    lens.mask = "dog"
    assert lens.mask == [DOG]
    with pytest.raises(TypeError, match="a TunedLens is needed"):
        EmojiLogitLens(model, SCENE, tuned=3)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("layer", 6, "layer is -1 to 5"),
        ("layer", -2, "-1 or more"),
        ("token", 65, "token is 0 to 64"),
        ("target", 64, "target is -1 to 63"),
        ("versus", 1.0, "a whole number"),
        ("mask", [1, 1], "stands there twice"),
        ("mask", [64], "class is 0 to 63"),
        ("mode", "smell", "smell"),
        ("lens", "bent", "bent"),
    ],
)
def test_what_does_not_exist_is_refused(
    lens: EmojiLogitLens, name: str, value: object, said: str
):
    before = getattr(lens, name)
    with pytest.raises(TraitError, match=said):
        setattr(lens, name, value)
    assert getattr(lens, name) == before


def test_models_without_a_readout_are_refused():
    headless: Any = hooked_vit(GRIDS["square, cls"], num_classes=0).module
    bare = HookedViT(headless, preprocessing=PREPARED)
    with pytest.raises(UnsupportedModelError, match="it has no classifier"):
        EmojiLogitLens(bare, SCENE)


def test_a_tuned_lens_of_another_model_is_refused(model: HookedViT):
    from vitwidgets.methods.tuned_lens import TunedLens  # noqa: PLC0415

    other = TunedLens.untrained(hooked_vit(GRIDS["square, cls"]))
    with pytest.raises(ValueError, match="blocks"):
        EmojiLogitLens(model, SCENE, tuned=other)


def test_the_tuned_lens_is_read_through_its_translators(
    model: HookedViT, lens: EmojiLogitLens
):
    from vitwidgets.methods.tuning.shipped import shipped_lens  # noqa: PLC0415

    tuned = shipped_lens(model)
    assert tuned is not None
    lens.lens = "tuned"
    pixels = prepare_image(SCENE, model.preprocessing).pixels  # pyright: ignore[reportArgumentType]
    with torch.no_grad():
        _, cache = model.run_with_cache(pixels, "*.hook_resid_*")
    read = LogitLens(model, cache, translators=tuned).logits(2)[0].softmax(-1)
    np.testing.assert_allclose(
        lens.results["top_probabilities"][3], read.topk(5).values, atol=1e-5
    )


def test_undo_takes_an_act_back(lens: EmojiLogitLens):
    lens.act("choose", "dog", mode="heat", target=DOG)
    lens.undo()
    assert (lens.mode, lens.target) == ("emoji", -1)
    lens.redo()
    assert (lens.mode, lens.target) == ("heat", DOG)


def test_code_makes_the_same_numbers(lens: EmojiLogitLens, capsys: Any):
    lens.act("look", layer=2, mode="heat", target=DOG, norm="final")
    scope: dict[str, Any] = {}
    exec(lens.code(), scope)  # noqa: S102
    again = scope["lens"]
    assert (again.layer, again.mode, again.target) == (2, "heat", DOG)
    for name, value in lens.results.items():
        np.testing.assert_array_equal(again.results[name], value)
    assert capsys.readouterr().out


def test_a_page_holds_what_it_will_ask(lens: EmojiLogitLens, tmp_path: Path):
    lens.mask = [DOG]
    lens.act("choose", target=7)
    lens.act("choose", target=DOG)
    lens.to_html(tmp_path / "lens.html")
    text = (tmp_path / "lens.html").read_text("utf-8")
    data = text.split('type="application/json">')[1].split("</script>")[0]
    answers = json.loads(data)["answers"]
    asked = [each["request"] for each in answers]
    ways = [(each["lens"], each["norm"]) for each in asked if each["kind"] == "lens"]
    # The one that it opens with is among its state.
    assert len(ways) == len(set(ways)) == len(lens.lenses) * len(lens.norms) - 1
    assert ("plain", "own") not in ways
    targets = {each["target"] for each in asked if each["kind"] == "class"}
    assert {7, DOG} <= targets
    assert sum(each["kind"] == "overlap" for each in asked) == len(ways) + 1
    assert {"kind": "sprites"} in asked
    readable = json.loads(data)["state"]["readable_classes"]
    assert set(readable) == targets


def test_stills_and_words(lens: EmojiLogitLens, tmp_path: Path):
    lens.to_png(tmp_path / "lens.png")
    assert Image.open(tmp_path / "lens.png").size == (384, 384)
    pictures = set()
    for mode in ("emoji", "class", "superclass", "heat", "entropy", "mask"):
        lens.target, lens.mask, lens.mode = DOG, [DOG], mode
        pictures.add(lens.still().tobytes())
        lens.to_svg(tmp_path / "lens.svg")
        svg = (tmp_path / "lens.svg").read_text("utf-8")
        index = lens.results["top_classes"][6, 1, 0]
        assert f"(0,0) {lens.class_names[index]}" in svg
    assert len(pictures) == 6
    lens.versus = CAT
    lens.mode = "heat"
    assert lens.still().tobytes() not in pictures
    assert "emoji-vit" in lens.caption()


def test_closing_frees_and_says_so(model: HookedViT):
    lens = EmojiLogitLens(model, SCENE)
    lens.close()
    with pytest.raises(RuntimeError, match="closed"):
        _ = lens.results
    with pytest.raises(RuntimeError, match="closed"):
        lens.to_html("never.html")
    lens.close()


def test_an_open_file_is_read_once_and_what_code_can_t_say_it_asks_for(
    model: HookedViT, tmp_path: Path
):
    SCENE.image.save(tmp_path / "scene.png")
    with (tmp_path / "scene.png").open("rb") as file:
        lens = EmojiLogitLens(model, file, masks={"cat": SCENE.masks["cat"]})
    assert [each["name"] for each in lens.truth] == ["cat"]
    assert "    # Give masks= again, as you did.\n" in lens.code()
