from __future__ import annotations

import base64
import io
import json
import zlib
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import torch
from PIL import Image
from timm.models.vision_transformer import VisionTransformer

import vitwidgets as vw
from vitwidgets.images import Preprocessing
from vitwidgets.models import HookedViT
from vitwidgets.widgets import AttentionHeadTour, exported_file
from vitwidgets.wire.quantisation import WORST_ERROR

from .test_attention_head_tour import (
    COLUMNS,
    HEADS,
    LAYERS,
    MODEL,
    PATTERNS,
    PICTURE,
    PREFIX,
    PREPROCESSING,
    ROWS,
    TOKENS,
    make_module,
)

if TYPE_CHECKING:
    from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"
KINDS = ["to_html", "to_png", "to_svg"]


class Reader(HTMLParser):
    """What a browser would find in a page: tags, their text, addresses."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.addresses: list[tuple[str, str | None]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.addresses += [a for a in attrs if a[0] in ("src", "href", "srcset")]

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.tags[-1] if self.tags else "", []).append(data)

    @property
    def data(self) -> dict[str, Any]:
        return json.loads(self.texts["script"][0])


@pytest.fixture
def tour() -> AttentionHeadTour:
    return AttentionHeadTour(MODEL, PICTURE, query=3, direction="column", layer=1)


def named(name: str) -> AttentionHeadTour:
    model = HookedViT(make_module(), preprocessing=PREPROCESSING, name=name)
    return AttentionHeadTour(model, PICTURE)


def unpacked(array: dict[str, Any]) -> np.ndarray:
    data = zlib.decompress(base64.b64decode(array["data"]))
    return np.frombuffer(data, array["dtype"]).reshape(array["shape"])


def test_a_page_holds_the_state_and_every_layer(
    tour: AttentionHeadTour, tmp_path: Path
) -> None:
    tour.to_html(tmp_path / "tour.html")
    page = Reader((tmp_path / "tour.html").read_text("utf-8"))
    assert page.data["state"]["query"] == 3
    assert page.data["state"]["direction"] == "column"
    assert page.addresses == []
    assert page.tags.count("script") == 2
    answers = page.data["answers"]
    wanted = {"kind": "attention", "side": 0, "shown": "pattern"}
    requests = [{**wanted, "layer": layer} for layer in range(LAYERS)]
    statistics = {"kind": "statistics", "side": 0}
    kept = [answer["request"] for answer in answers]
    assert kept == [*requests, statistics, {"kind": "tour"}]
    for layer, answer in enumerate(answers[:LAYERS]):
        arrays = {a["name"]: unpacked(a) for a in answer["reply"]["arrays"]}
        roots = arrays["codes"].astype(np.float64) / 255
        decoded = arrays["scales"][..., None] * roots**2
        allowed = PATTERNS[layer].max(-1, keepdims=True) * WORST_ERROR + 2e-6
        assert (np.abs(decoded - PATTERNS[layer]) <= allowed).all()


@pytest.mark.parametrize(
    "name",
    [
        "</script><script>alert(1)</script>",
        "</title><img src=x onerror=alert(1)>",
        "<!-- <script>",
        "$data $host é \N{DOG FACE}",
    ],
)
def test_a_models_name_stays_text(name: str, tmp_path: Path) -> None:
    named(name).to_html(tmp_path / "tour.html")
    page = Reader((tmp_path / "tour.html").read_text("utf-8"))
    plain = ["html", "head", "meta", "meta", "meta", "title", "style", "body", "header"]
    assert page.tags == [*plain, "h1", "main", "noscript", "footer", "script", "script"]
    assert page.data["state"]["model_name"] == name
    assert "".join(page.texts["title"]).startswith(f"AttentionHeadTour of {name}:")


def test_the_bundled_models_page_is_at_most_1_mb(tmp_path: Path) -> None:
    scene = vw.images.sample(vw.images.sample_names()[0])
    AttentionHeadTour(vw.load_model(), scene).to_html(tmp_path / "tour.html")
    assert (tmp_path / "tour.html").stat().st_size <= 1_000_000


def test_the_page_of_a_model_of_vit_b_16s_measures_is_at_most_8_mb(
    tmp_path: Path,
) -> None:
    random = np.random.default_rng(0)
    module = VisionTransformer(embed_dim=48, depth=12, num_heads=12, num_classes=2)
    settings = Preprocessing((224, 224), "bicubic", 1.0, "squash", (0.5,) * 3, (1,) * 3)
    model = HookedViT(module.eval(), preprocessing=settings)
    noise = random.integers(0, 256, (224, 224, 3), np.uint8)
    tour = AttentionHeadTour(model, noise)
    # Codes that deflate can't shorten: no attention makes a longer page.
    weights = [random.random((1, 12, 197, 197), np.float32) ** 2 for _ in range(12)]
    tour._sources[0].layer = lambda _shown, layer: weights[layer][0]
    tour.to_html(tmp_path / "tour.html")
    size = (tmp_path / "tour.html").stat().st_size
    assert 7_000_000 < size <= 8_000_000


def test_more_than_the_payload_budget_is_refused_with_its_size(tmp_path: Path) -> None:
    needed = LAYERS * HEADS * TOKENS * (TOKENS + 4)
    path = tmp_path / "tour.html"
    small = AttentionHeadTour(MODEL, PICTURE, payload_budget=needed - 1)
    fault = f"hold {needed:,} bytes .* of {needed - 1:,}: .*payload_budget={needed}"
    with pytest.raises(ValueError, match=fault):
        small.to_html(path)
    assert not path.exists()
    AttentionHeadTour(MODEL, PICTURE, payload_budget=needed).to_html(path)
    assert path.exists()


def test_a_png_shows_what_the_model_saw_and_says_what_it_is(
    tour: AttentionHeadTour, tmp_path: Path
) -> None:
    tour.to_png(tmp_path / "tour.png")
    png = Image.open(tmp_path / "tour.png")
    assert png.format == "PNG"
    assert png.text["Description"] == tour.caption()
    seen = np.asarray(png)[4 : 8 * 24 : 8, 4 : 8 * 40 : 8]  # 8 pixels for each
    np.testing.assert_array_equal(seen, np.asarray(PICTURE))


def test_an_svg_has_every_head_and_text_as_text(
    tour: AttentionHeadTour, tmp_path: Path
) -> None:
    tour.to_svg(tmp_path / "tour.svg")
    root = ET.parse(tmp_path / "tour.svg").getroot()  # noqa: S314
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert texts == ["L0", "L1", "L2", "H0", "H1", "H2", "H3", tour.caption()]
    images = {image[0].text: image for image in root.iter(f"{SVG}image")}
    assert len(images) == 1 + LAYERS * HEADS
    pixels = {name: decoded(image) for name, image in images.items()}
    np.testing.assert_array_equal(pixels["picture"], np.asarray(PICTURE))
    for layer in range(LAYERS):
        for head in range(HEADS):
            truth = PATTERNS[layer, head, PREFIX:, 3].reshape(ROWS, COLUMNS)
            brightness = pixels[f"L{layer}.H{head}"].astype(int).sum(-1)
            assert brightness.shape == (ROWS, COLUMNS)
            assert truth[brightness == brightness.max()].max() == truth.max()


def decoded(image: ET.Element) -> np.ndarray:
    png = base64.b64decode(image.get("href", "").removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(png)))


def test_an_svg_is_well_formed_whatever_the_models_name(tmp_path: Path) -> None:
    named("<b>&\"'\x00\x1b\n é").to_svg(tmp_path / "tour.svg")
    root = ET.parse(tmp_path / "tour.svg").getroot()  # noqa: S314
    assert root[0].text
    assert "<b>&\"'\ufffd\ufffd\ufffd é" in root[0].text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", ["missing/tour", "file/tour", "folder"])
def test_a_path_that_cannot_be_written_is_named(
    tour: AttentionHeadTour, kind: str, place: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("here before")
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.rglob("*"))
    path = tmp_path / place
    with pytest.raises(OSError, match=r"can't be written \(.+\); give") as raised:
        getattr(tour, kind)(path)
    assert repr(str(path)) in str(raised.value)
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "file").read_text() == "here before"


def test_a_full_disk_leaves_the_old_file(
    tour: AttentionHeadTour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tour.svg"
    path.write_text("here before")

    def full(self: Path, data: bytes) -> None:
        with self.open("wb") as file:
            file.write(data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exported_file.Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left on device"):
        tour.to_svg(path)
    assert path.read_text() == "here before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", KINDS)
def test_an_old_file_is_replaced_and_a_link_followed(
    tour: AttentionHeadTour, kind: str, tmp_path: Path
) -> None:
    (tmp_path / "old").write_text("here before")
    (tmp_path / "link").symlink_to(tmp_path / "old")
    getattr(tour, kind)(str(tmp_path / "link"))
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "old").stat().st_size > 1000


@pytest.mark.parametrize("kind", KINDS)
def test_a_closed_tour_writes_nothing(kind: str, tmp_path: Path) -> None:
    tour = AttentionHeadTour(MODEL, PICTURE)
    tour.close()
    with pytest.raises(RuntimeError, match="closed"):
        getattr(tour, kind)(tmp_path / "tour")
    assert list(tmp_path.iterdir()) == []


def test_sharing_leaves_the_state_and_torchs_randomness_alone(
    tour: AttentionHeadTour, tmp_path: Path
) -> None:
    before, random = repr(tour), torch.get_rng_state()
    for kind in KINDS:
        getattr(tour, kind)(tmp_path / kind)
    assert repr(tour) == before
    assert torch.equal(torch.get_rng_state(), random)
