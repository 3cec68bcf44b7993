"""A small random CLIP of open_clip, and its image tower with words."""

from __future__ import annotations

from typing import Any

import open_clip
import torch

from vitwidgets.images import Preprocessing, prepare_image, sample
from vitwidgets.models import HookedViT
from vitwidgets.models.words.text_encoder import TextEncoder

LAYERS, TOKENS, CONTEXT = 3, 17, 12
SCENE = sample("cat-and-dog")
PREPROCESSING = Preprocessing(
    input_size=(32, 32),
    interpolation="bicubic",
    crop_pct=1.0,
    crop_mode="center",
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
)
TOKENIZER = open_clip.SimpleTokenizer(context_length=CONTEXT)
PIXELS = prepare_image(SCENE, PREPROCESSING).pixels


def make_clip() -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        clip: Any = open_clip.model.CLIP(
            embed_dim=12,
            vision_cfg={
                "layers": LAYERS,
                "width": 32,
                "head_width": 16,
                "image_size": 32,
                "patch_size": 8,
            },  # pyright: ignore[reportArgumentType]
            text_cfg={
                "layers": 1,
                "width": 16,
                "heads": 2,
                "vocab_size": 49_408,
                "context_length": CONTEXT,
            },  # pyright: ignore[reportArgumentType]
        ).eval()
        with torch.no_grad():
            for parameter in clip.parameters():
                if parameter.ndim > 0:
                    parameter.normal_(std=0.3)
            clip.logit_scale.fill_(2.5)
            # A word that no caption ever had.
            clip.token_embedding.weight[TOKENIZER(["zebra"])[0, 1]] = 0
    return clip


CLIP = make_clip()
TOWER = HookedViT(
    CLIP.visual,
    preprocessing=PREPROCESSING,
    name="small-clip",
    text=TextEncoder(CLIP, TOKENIZER, name="small-clip#text"),
)


@torch.no_grad()
def text_features(words: list[str], templates: tuple[str, ...] = ("{}",)) -> Any:
    """Embed words as open_clip's zero-shot classifiers do, in double precision."""
    found: list[Any] = []
    for word in words:
        tokens = TOKENIZER([template.replace("{}", word) for template in templates])
        each = torch.nn.functional.normalize(CLIP.encode_text(tokens).double(), dim=-1)
        found.append(torch.nn.functional.normalize(each.mean(0), dim=-1))
    return torch.stack(found)


@torch.no_grad()
def token_features() -> Any:
    """Give the unit embedding of every token at every layer, ``(layer, token, 12)``."""
    visual, streams = CLIP.visual, []
    watch = [
        visual.transformer.register_forward_pre_hook(
            lambda _module, given: streams.append(given[0])
        )
    ] + [
        block.register_forward_hook(lambda _module, _given, out: streams.append(out))
        for block in visual.transformer.resblocks
    ]
    CLIP.encode_image(PIXELS)
    for each in watch:
        each.remove()
    found = torch.stack([visual.ln_post(each)[0] @ visual.proj for each in streams])
    return torch.nn.functional.normalize(found.double(), dim=-1)
