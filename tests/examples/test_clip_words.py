"""What the CLIP tutorial says of the bundled models is true of them.

Pictures and words are read here by open_clip alone, and heads by its own weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from open_clip import SimpleTokenizer

import vitwidgets as vw
from vitwidgets.methods import (
    Intervention,
    erase_concept,
    heads_by_text,
    patches_showing,
)
from vitwidgets.mice.biased.bundle import biased_mouse
from vitwidgets.mice.biased.measuring import measure_bias
from vitwidgets.mice.biased.scenes import bias_scenes
from vitwidgets.mice.clip.colours import COLOURS
from vitwidgets.mice.clip.fresh_captioned_scenes import fresh_captioned_scenes
from vitwidgets.mice.fresh_scenes import fresh_scenes
from vitwidgets.models.loading.bundled_clip import read_clip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from vitwidgets.models import HookedViT

WORDS = ("elephant", "penguin", "a red penguin", "cat", "violin")
SCENE = vw.images.sample("elephant-and-penguin")


@pytest.fixture(scope="module")
def plain() -> Any:
    return read_clip()


@pytest.fixture(scope="module")
def clip() -> HookedViT:
    return vw.load_model("emoji-clip")


def prepared(clip: HookedViT, pictures: Sequence[Any]) -> Tensor:
    preprocessing: Any = clip.preprocessing
    found = [vw.images.prepare_image(each, preprocessing) for each in pictures]
    return torch.cat([each.pixels for each in found])


@torch.no_grad()
def texts(plain: Any, words: Sequence[str]) -> Tensor:
    tokenizer = SimpleTokenizer(context_length=plain.context_length)
    return plain.encode_text(tokenizer(list(words)), normalize=True)


@torch.no_grad()
def seen(plain: Any, pixels: Tensor) -> Tensor:
    return plain.encode_image(pixels, normalize=True)


@pytest.fixture(scope="module")
def said(plain: Any, clip: HookedViT) -> Tensor:
    """Return the likeliest word of each token after each block, ``(block, token)``."""
    visual: Any = plain.visual
    streams: list[Tensor] = []
    hooks = [
        block.register_forward_hook(lambda _, __, out: streams.append(out[0]))
        for block in visual.transformer.resblocks
    ]
    seen(plain, prepared(clip, [SCENE]))
    for hook in hooks:
        hook.remove()
    with torch.no_grad():
        read = visual.ln_post(torch.stack(streams)) @ visual.proj
    read = torch.nn.functional.normalize(read, dim=-1)
    return (read @ texts(plain, WORDS).T).argmax(-1)


def test_more_than_one_thing_says_more(plain: Any, clip: HookedViT):
    words = [*WORDS, "a purple elephant", "two elephants", "an elephant and a penguin"]
    likeness = (seen(plain, prepared(clip, [SCENE])) @ texts(plain, words).T)[0]
    assert words[int(likeness.argmax())] == "an elephant and a penguin"
    assert WORDS[int(likeness[: len(WORDS)].argmax())] == "elephant"


def test_it_says_penguin_before_it_says_elephant(said: Tensor):
    assert [WORDS[index] for index in said[3:, 0]] == [
        "penguin",
        "elephant",
        "elephant",
    ]


def test_words_never_learned_are_one_and_the_same(plain: Any, clip: HookedViT):
    seen_as = (seen(plain, prepared(clip, [SCENE])) @ texts(plain, WORDS).T)[0]
    violin, harbor = texts(plain, ["violin", "harbor"])
    torch.testing.assert_close(violin, harbor)
    assert seen_as[WORDS.index("cat")] + 0.1 < seen_as[WORDS.index("violin")]


def test_patches_say_elephant_late_and_beside_it_too(said: Tensor):
    mask = SCENE.masks["elephant"]
    on_it = torch.tensor(mask.reshape(8, 8, 8, 8).mean(axis=(1, 3)).ravel() >= 0.5)
    says_it = said[:, 1:] == WORDS.index("elephant")
    assert not says_it[:4, on_it].any()
    for after in (4, 5):
        assert says_it[after, on_it].float().mean() > 0.6
        assert says_it[after, ~on_it].float().mean() > 0.4


@torch.no_grad()
def test_one_head_adds_a_third(plain: Any, clip: HookedViT):
    pixels = prepared(clip, [SCENE])
    embedding, cache = clip.run_with_cache(pixels)
    visual: Any = plain.visual
    width = clip.config.d_head
    block = visual.transformer.resblocks[4]
    wrote = [
        block.attn.out_proj.weight[:, head * width : (head + 1) * width]
        @ cache["blocks.4.attn.hook_z"][0, 0, head]
        for head in range(clip.config.n_heads)
    ]
    size = (cache["blocks.5.hook_resid_post"][0, 0].var(unbiased=False) + 1e-6).sqrt()
    word = texts(plain, ["elephant"])[0] / embedding.norm()
    adds = [
        float(
            ((each - each.mean()) / size * visual.ln_post.weight) @ visual.proj @ word
        )
        for each in wrote
    ]
    whole = float(seen(plain, pixels)[0] @ texts(plain, ["elephant"])[0])
    assert adds.index(max(adds)) == 1
    assert max(adds) / whole == pytest.approx(1 / 3, abs=0.06)


def test_some_heads_write_along_a_colour_first(clip: HookedViT):
    found = heads_by_text(clip, fresh_captioned_scenes(250), n=1, progress=False)
    colours = {colour.name for colour in COLOURS}
    first = [
        found.words_of(layer, head)[0]
        for layer in range(clip.config.n_layers)
        for head in range(clip.config.n_heads)
    ]
    assert sum(word in colours and share > 0.3 for word, share in first) >= 3


def test_erasing_bananas_leaves_the_monkeys():
    mouse, fit, test = biased_mouse(), bias_scenes(60, seed=0), bias_scenes(50, seed=1)
    patches = [mouse.grid.label(token) for token in range(1, mouse.grid.n_tokens)]
    shown = patches_showing(fit.bananas.numpy(), mouse.grid)
    place = "L1.resid_post"
    eraser = erase_concept(
        mouse, fit.pixels, shown, name="banana", at=place, tokens=patches
    )
    before = measure_bias(mouse, test)
    edit = Intervention(place, "erase", eraser.tokens, source="banana")
    with mouse.with_interventions([edit], {"banana": eraser}):
        after = measure_bias(mouse, test)
    assert before["banana"].says_monkey > 30
    assert after["banana"].says_monkey < 15
    assert after["monkey"].says_monkey >= before["monkey"].says_monkey - 4
    assert after["banana"].right <= 2


def test_it_sees_that_something_is_written_and_not_what(plain: Any, clip: HookedViT):
    vit = vw.load_model()
    things: Any = vit.class_names
    scenes = [fresh_scenes(vit, thing, 1)[0] for thing in range(64)]
    wrong = [things[(thing + 7) % 64] for thing in range(64)]
    notes, blank = (
        seen(
            plain,
            prepared(
                clip,
                [
                    vw.images.write_label(*each, ink=ink)
                    for each in zip(scenes, wrong, strict=True)
                ],
            ),
        )
        for ink in ("black", "white")
    )
    spoken = texts(plain, things)
    written = texts(plain, [f"the word {thing}" for thing in things])
    writing = (written - spoken).mean(0)
    assert (notes @ writing > blank @ writing).all()
    read = [things[index] for index in (notes @ written.T).argmax(-1)]
    assert sum(map(str.__eq__, read, wrong)) <= 5  # one by chance
    called = [things[index] for index in (notes @ spoken.T).argmax(-1)]
    assert sum(map(str.__eq__, called, wrong)) <= 2
