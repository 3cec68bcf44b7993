"""What heads of a small CLIP write, against plain PyTorch, and its words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from tests.unit.methods.small_vits import GRIDS, hooked_vit
from tests.unit.widgets.small_clip import CLIP, LAYERS, PREPROCESSING, TOWER
from vitwidgets.images import prepare_image
from vitwidgets.methods import head_outputs, heads_by_text, text_span
from vitwidgets.models.errors import UnsupportedModelError

HEADS, WIDTH = 2, 16
IMAGES = [
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (32, 32, 3), np.uint8))
    for seed in range(11)
]
PIXELS = torch.cat([prepare_image(each, PREPROCESSING).pixels for each in IMAGES])
WORDS = ["cat", "dog", "a red car", "zebra", "two moons", "blue", "stars"]
QUIET: dict[str, Any] = {"progress": False}


@torch.no_grad()
def plain_outputs() -> torch.Tensor:
    """Give what each head adds to the embeddings, head by head, by the textbook."""
    visual = CLIP.visual.double()
    streams: list[torch.Tensor] = []
    watched = [
        block.register_forward_pre_hook(lambda _block, given: streams.append(given[0]))
        for block in visual.transformer.resblocks
    ]
    last: list[torch.Tensor] = []
    watched.append(
        visual.ln_post.register_forward_pre_hook(
            lambda _norm, given: last.append(given[0])
        )
    )
    visual(PIXELS.double())
    for each in watched:
        each.remove()
    # The class token alone is read; what divides its stream is held as it was.
    spread = last[0].reshape(len(PIXELS), -1, HEADS * WIDTH)[:, 0].var(-1, correction=0)
    found = []
    for block, stream in zip(visual.transformer.resblocks, streams, strict=True):
        attn = block.attn
        parts = functional.linear(
            block.ln_1(stream), attn.in_proj_weight, attn.in_proj_bias
        )
        q, k, v = parts.unflatten(-1, (3, HEADS, WIDTH)).permute(2, 0, 3, 1, 4)
        pattern = (q @ k.transpose(-1, -2) / WIDTH**0.5).softmax(-1)
        mixed = (pattern @ v)[:, :, 0]
        columns = attn.out_proj.weight.unflatten(-1, (HEADS, WIDTH))
        added = torch.einsum("bhc,dhc->bhd", mixed, columns)
        centred = added - added.mean(-1, keepdim=True)
        scale = (spread + visual.ln_post.eps).sqrt()[:, None, None]
        found.append(centred / scale * visual.ln_post.weight @ visual.proj)
    CLIP.visual.float()
    return torch.stack(found, 1)


def test_what_heads_write_is_what_the_textbook_says():
    expected = plain_outputs()
    found = head_outputs(TOWER, IMAGES, batch_size=4, **QUIET)
    assert found.written.shape == (11, LAYERS, HEADS, 12)
    assert found.written.dtype == torch.float32
    assert found.images == tuple(range(11))
    torch.testing.assert_close(found.written.double(), expected, rtol=1e-4, atol=1e-5)


def test_prepared_tensors_and_batches_of_any_size_are_the_same():
    whole = head_outputs(TOWER, PIXELS, batch_size=16, **QUIET)
    for size in (1, 5):
        found = head_outputs(TOWER, IMAGES, batch_size=size, **QUIET)
        torch.testing.assert_close(found.written, whole.written, rtol=1e-4, atol=1e-5)


def test_images_that_cannot_be_read_are_left_out(tmp_path):
    for index, image in enumerate(IMAGES[:4]):
        image.save(tmp_path / f"{index}.png")
    (tmp_path / "2.png").write_bytes(b"nothing")
    with pytest.warns(UserWarning, match=r"1 of 4 images .*"):
        found = head_outputs(TOWER, tmp_path, **QUIET)
    assert found.images == (0, 1, 3)
    assert len(found.skipped) == 1
    assert "2.png" in found.skipped[0] or "image 2" in found.skipped[0]
    expected = head_outputs(TOWER, PIXELS[[0, 1, 3]], **QUIET)
    torch.testing.assert_close(found.written, expected.written, rtol=1e-4, atol=1e-5)


def test_images_that_are_too_many_to_keep(monkeypatch):
    module = "vitwidgets.methods.words_of_heads.head_outputs._KEPT"
    each = LAYERS * HEADS * 12 * 4
    monkeypatch.setattr(module, 7 * each)
    with pytest.raises(ValueError, match=r"11 images .* at most 7 images"):
        head_outputs(TOWER, IMAGES, batch_size=2, **QUIET)
    monkeypatch.setattr(module, 11 * each)
    assert len(head_outputs(TOWER, iter(IMAGES), **QUIET).images) == 11


@pytest.fixture(name="found", scope="module")
def _found():
    return heads_by_text(TOWER, IMAGES, WORDS, 3, **QUIET)


def test_each_head_has_the_words_that_span_its_outputs(found):
    known = [word for word in WORDS if word != "zebra"]
    assert found.words == tuple(known)
    assert TOWER.text is not None
    embeddings = TOWER.text.encode(known)
    values = head_outputs(TOWER, IMAGES, **QUIET).written
    for layer in range(LAYERS):
        for head in range(HEADS):
            span = text_span(values[:, layer, head], embeddings, 3)
            expected = [known[word] for word in span.words]
            words = found.words_of(layer, head)
            assert [word for word, _ in words] == expected
            assert [share for _, share in words] == pytest.approx(
                span.explained.tolist()
            )
            assert float(found.explained[layer, head]) == pytest.approx(span.total)


def test_words_that_were_never_learned_are_left_out_and_named(found):
    assert found.unknown == ("zebra",)
    assert "6 words, 1 more left out" in repr(found)
    everything = heads_by_text(TOWER, IMAGES, ["cat", "dog"], 2, **QUIET)
    assert everything.unknown == ()
    assert "left out" not in repr(everything)


def test_the_table(found):
    frame = found.frame()
    assert len(frame) == LAYERS * HEADS * 3
    row = frame[(frame.address == "L1.H1") & (frame["rank"] == 2)].iloc[0]
    assert (row["layer"], row["head"]) == (1, 1)
    words = found.words_of(1, 1)
    assert row.word == words[1][0]
    assert row.explained == words[1][1]
    assert row.together == pytest.approx(words[0][1] + words[1][1])
    assert frame.attrs == {
        "model": "small-clip",
        "n_images": 11,
        "skipped": 0,
        "words": 6,
        "unknown": 1,
    }


def test_who_writes_a_word_by_variance_along_it(found):
    word = "a green moon"  # among none that were given
    assert TOWER.text is not None
    direction = TOWER.text.encode([word])[0].double()
    along = torch.einsum("ilhd,d->ilh", found.outputs.written.double(), direction)
    spread = ((along - along.mean(0)) ** 2).sum(0)
    torch.testing.assert_close(found.writing(word), spread / spread.sum())
    assert float(found.writing("cat").sum()) == pytest.approx(1)
    mine = along[:, 2, 1] - along[:, 2, 1].mean()
    torch.testing.assert_close(found.along(2, 1, word), mine)


def test_a_word_that_nobody_learned_cannot_be_looked_for(found):
    with pytest.raises(ValueError, match="never learned 'a zebra'"):
        found.writing("a zebra")
    with pytest.raises(ValueError, match=r"blank|empty"):
        found.along(0, 0, " ")


@pytest.mark.parametrize(("layer", "head"), [(LAYERS, 0), (0, HEADS)])
def test_heads_that_are_not_there(found, layer, head):
    with pytest.raises(IndexError):
        found.words_of(layer, head)
    with pytest.raises(IndexError):
        found.along(layer, head, "cat")


def test_a_head_that_writes_the_same_in_all_images_has_no_words():
    twice = [IMAGES[0]] * 5
    found = heads_by_text(TOWER, twice, WORDS, 3, **QUIET)
    assert bool(found.explained.isnan().all())
    assert found.words_of(0, 0) == []
    assert len(found.frame()) == 0
    assert float(found.writing("cat").sum()) <= 1


@pytest.mark.parametrize(
    ("images", "words", "n", "said"),
    [
        (IMAGES[:3], WORDS, 3, "3 images can differ along 2 directions only"),
        (IMAGES, WORDS, 7, "of 7 words the text side of small-clip#text knows 6"),
        (IMAGES, ["zebra"], 1, "knows 0"),
        (IMAGES, WORDS, 0, "got 0"),
        (IMAGES, ["cat", "dog", "cat"], 1, "cat"),
        (IMAGES, ["cat", ""], 1, "blank|empty"),
        ([], WORDS, 2, "no image"),
    ],
)
def test_what_cannot_be_measured(images, words, n, said):
    with pytest.raises(ValueError, match=said):
        heads_by_text(TOWER, images, words, n, **QUIET)


def test_a_model_without_a_text_side():
    model = hooked_vit(GRIDS["square, cls"])
    with pytest.raises(UnsupportedModelError, match="without a text side"):
        heads_by_text(model, PIXELS, WORDS, 2, **QUIET)
