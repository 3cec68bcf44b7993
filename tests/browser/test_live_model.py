"""A model that computes in a page: its logits are PyTorch's, whatever is edited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Error

import vitwidgets as vw
from tests.browser.live_page import LOAD, LivePage, PlainEdits, edit, live_script
from tests.browser.live_page import page_text as text_of
from tests.unit.methods.small_vits import GRIDS, hooked_vit
from tests.unit.methods.small_vits import pixels as random_pixels
from vitwidgets.images import Preprocessing, prepare_image
from vitwidgets.models import HookedViT, PatchGrid
from vitwidgets.publishing import live_model

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

TOLERANCE = 1e-4
LARGEST_PAGE = 6_000_000
KINDS = ("patch", "zero", "mean", "steer")
STREAM = ("resid_pre", "attn_out", "resid_mid", "MLP", "resid_post")
HEAD = ("", ".q", ".k", ".v")
TO_PIXELS = """([name, picture, pixels]) => {
  const found = live.pixelsOf(Uint8Array.from(picture));
  return Math.max(...pixels.map((pixel, at) => Math.abs(pixel - found[at])));
}"""


@dataclass
class Case:
    """A model, and images of its own size, ``(1, 3, height, width)`` each."""

    model: HookedViT
    clean: torch.Tensor
    donor: torch.Tensor
    references: list[torch.Tensor]
    tokens: tuple[str, ...]

    @property
    def last(self) -> int:
        return self.model.config.n_layers - 1


def small(grid: str = "oblong, five", **options: Any) -> Case:
    """Give a small random model whose sizes fill neither tiles nor panels."""
    return _small(GRIDS[grid], **options)


def _small(grid: PatchGrid, **options: Any) -> Case:
    preprocessing = Preprocessing(
        input_size=grid.image_size,
        interpolation="bicubic",
        crop_pct=1.0,
        crop_mode="squash",
        mean=(0.5, 0.4, 0.3),
        std=(0.2, 0.3, 0.4),
    )
    module = hooked_vit(grid, **options).module
    model = HookedViT(module, preprocessing=preprocessing)
    clean, donor, *others = random_pixels(grid, 4).split(1)
    tokens = (grid.label(0), grid.label(3), grid.label(grid.n_tokens - 1))
    return Case(model, clean, donor, others, tokens)


def bundled() -> Case:
    model = vw.load_model()
    names = ("cat-alone", "dog-alone", "rocket-moon-star", "pizza-and-strawberry")
    clean, donor, *others = [
        prepare_image(vw.images.sample(name).image, model.preprocessing).pixels
        for name in names
    ]
    return Case(model, clean, donor, others, ("cls", "(3,4)", "(7,7)"))


CASES = {"emoji-vit": bundled, "registers, scale": lambda: small(init_values=0.1)}


@pytest.fixture(scope="module")
def script() -> str:
    return live_script()


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]()


@pytest.fixture(scope="module")
def plain(case: Case) -> PlainEdits:
    plain = PlainEdits(case.model, case.clean, case.references)
    plain.add("donor", case.donor)
    return plain


@pytest.fixture
def live(page: Page, tmp_path: Path, case: Case, script: str) -> LivePage:
    live = LivePage(page, tmp_path, case.model, script)
    live.keep("clean", case.clean)
    live.keep("donor", case.donor)
    for number, image in enumerate(case.references):
        live.keep(f"reference {number}", image)
    return live


def assert_same(
    live: LivePage, plain: PlainEdits, lists: list[list[dict[str, Any]]]
) -> None:
    references = [f"reference {number}" for number in range(len(plain.references))]
    found = live.predict("clean", lists, references)
    wanted = np.stack([plain.logits(edits) for edits in lists])
    change = np.abs(wanted - plain.logits([])).max(axis=1)
    # Not all do: the same added to all keys leaves the patterns as they are.
    assert (change > 100 * TOLERANCE).mean() > 0.7
    assert np.abs(found - wanted).max() <= TOLERANCE


def test_logits_of_images(live: LivePage, case: Case):
    images = [case.clean, case.donor, *case.references]
    with torch.no_grad():
        wanted = case.model.module(torch.cat(images)).numpy()
    found = np.stack([live.keep("any", image) for image in images])
    assert np.ptp(wanted, axis=0).max() > 1
    assert np.abs(found - wanted).max() <= TOLERANCE


@pytest.mark.parametrize(
    "options",
    [{"grid": "square, cls"}, {"no_embed_class": True, "mlp_ratio": 1.1}],
    ids=["no registers", "patches alone have positions"],
)
def test_logits_of_other_models(
    page: Page, tmp_path: Path, script: str, options: dict[str, Any]
):
    case = small(**options)
    live = LivePage(page, tmp_path, case.model, script)
    with torch.no_grad():
        wanted = case.model.module(case.clean)[0].numpy()
    assert np.abs(live.keep("any", case.clean) - wanted).max() <= TOLERANCE


@pytest.mark.parametrize("kind", KINDS)
def test_every_site_at_all_and_at_some_tokens(
    live: LivePage, plain: PlainEdits, case: Case, kind: str
):
    parts = [*STREAM, *(f"H1{part}" for part in HEAD)]
    lists = [
        [edit(f"L{layer}.{part}", kind, *tokens, strength=strength)]
        for layer, share in ((0, 0.3), (case.last, 0.8))
        for part in parts
        for tokens, strength in (((), 1.0), (case.tokens, share))
    ]
    assert_same(live, plain, lists)


def test_several_edits_act_in_their_order(
    live: LivePage, plain: PlainEdits, case: Case
):
    head, cls = f"L{case.last}.H3", case.tokens[0]
    first, second = edit("L1.H2", "patch"), edit("L1.H2", "zero", cls, strength=0.5)
    lists = [
        [first, second],
        [second, first, edit(head, "steer", strength=-2.0)],
        [edit(head, "mean"), edit("L0.resid_pre", "patch", *case.tokens[1:])],
        [edit("L0.resid_post", "zero", cls), edit("L1.resid_pre", "patch", cls)],
        [edit("L0.H0.q"), edit("L0.H0.k"), edit("L0.H0.v"), edit("L0.MLP", "zero")],
    ]
    assert_same(live, plain, lists)
    found = live.predict("clean", [[first, second], [second, first]])
    assert np.abs(found[0] - found[1]).max() > TOLERANCE


def test_own_values_change_no_bit(live: LivePage, case: Case):
    own = live.keep("clean", case.clean)
    parts = [*STREAM, *(f"H2{part}" for part in HEAD)]
    lists = [
        [edit(f"L{layer}.{part}", "patch", *tokens, source="clean", strength=strength)]
        for layer in (0, case.last)
        for part in parts
        for tokens, strength in (((), 1.0), (case.tokens, 0.4))
    ]
    nothing = [[edit("L0.MLP", strength=0.0)], [edit("L1.H0", "zero", strength=0.0)]]
    found = live.predict("clean", [[], *lists, *nothing])
    assert (found == own).all()


def test_with_the_whole_stream_the_donors_logits_come(live: LivePage, case: Case):
    donor = live.keep("donor", case.donor)
    lists = [
        [edit(f"L{layer}.{part}")]
        for layer in range(case.last + 1)
        for part in ("resid_pre", "resid_mid", "resid_post")
    ]
    assert (live.predict("clean", lists) == donor).all()


def test_a_prediction_leaves_the_runs_as_they_were(live: LivePage, case: Case):
    every = [[edit(f"L{layer}.resid_pre", "zero")] for layer in range(case.last + 1)]
    before = live.predict("clean", every)
    assert (live.predict("clean", every) == before).all()
    assert (live.predict("clean", [[]])[0] == live.keep("again", case.clean)).all()


def test_pictures_become_the_models_own_pixels(page: Page, tmp_path: Path, script: str):
    model = vw.load_model()
    live = LivePage(page, tmp_path, model, script)
    image = prepare_image(vw.images.sample("cat-and-dog").image, model.preprocessing)
    numbers = [image.picture.flatten().tolist(), image.pixels.flatten().tolist()]
    assert live.page.evaluate(TO_PIXELS, ["", *numbers]) < 1e-6


def test_a_page_with_emoji_vit_weighs_less_than_it_may(script: str):
    text = text_of(live_model(vw.load_model()).packed, script)
    assert len(text.encode()) < LARGEST_PAGE


def test_where_webassembly_is_forbidden_a_sentence_says_so(
    chromium: Browser, tmp_path: Path, script: str
):
    path = tmp_path / "forbidden.html"
    policy = "default-src 'none'; script-src 'unsafe-inline'"
    path.write_text(text_of(live_model(small().model).packed, script, policy), "utf8")
    page = chromium.new_page()
    page.goto(path.as_uri())
    with pytest.raises(Error, match="this browser can't compute the model"):
        page.evaluate(LOAD)
    page.close()
