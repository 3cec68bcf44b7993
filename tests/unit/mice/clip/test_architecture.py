from __future__ import annotations

import open_clip
import torch
from torch.testing import assert_close

import vitwidgets as vw
from vitwidgets.mice.clip.architecture import (
    ARCHITECTURE,
    CONTEXT_LENGTH,
    begin_as_mouse,
    build_clip,
    tokenizer,
)


def test_the_image_tower_begins_as_the_mouse() -> None:
    torch.manual_seed(0)
    mouse = vw.load_model().module
    clip = build_clip().eval()
    begin_as_mouse(clip, mouse)
    images = torch.randn(3, 3, 64, 64)
    with torch.no_grad():
        wanted = mouse.forward_head(mouse.forward_features(images), pre_logits=True)
        found = clip.encode_image(images)
    assert_close(found, wanted @ clip.visual.proj, rtol=1e-4, atol=1e-5)


def test_it_is_open_clip_s_own() -> None:
    clip = build_clip()
    assert type(clip) is open_clip.CLIP
    assert clip.context_length == CONTEXT_LENGTH
    assert clip.vocab_size == ARCHITECTURE["text_cfg"]["vocab_size"]
    tokens = tokenizer()(["a red car left of two cats"])
    theirs = open_clip.tokenize(["a red car left of two cats"])
    assert torch.equal(tokens, theirs[:, :CONTEXT_LENGTH])
    assert int(tokens.max()) == clip.vocab_size - 1
