"""What the bundled model says, by its plain module in double precision."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors.torch import load_file
from timm.models.vision_transformer import VisionTransformer

import vitwidgets as vw
from tests.browser.attribution_data import AttributionData
from tests.browser.lens_data import LensData

if TYPE_CHECKING:
    from torch import Tensor

BUNDLED = Path(vw.__file__).parent / "models" / "bundled"
SCENE = "cat-and-dog"
LAYERS, HEADS, SIDE, NEURONS = 6, 4, 8, 512
NAMES = vw.load_model().class_names


def plain_module() -> VisionTransformer:
    """Return timm's own module with the bundled weights, float64."""
    found = vw.load_model().module.state_dict()
    module = VisionTransformer(
        img_size=64,
        patch_size=8,
        embed_dim=128,
        depth=LAYERS,
        num_heads=HEADS,
        num_classes=len(NAMES),
    )
    module.load_state_dict(found)
    for block in module.blocks:
        block.attn.fused_attn = False
    return module.double().eval()


def pixels() -> Tensor:
    """Return the scene as the model takes it, float64 ``(1, 3, height, width)``."""
    preprocessing: Any = vw.load_model().preprocessing
    return vw.images.prepare_image(
        vw.images.sample(SCENE), preprocessing
    ).pixels.double()


@dataclass(eq=False)
class EmojiVitReadings(LensData):
    """What every token says at every layer, where the plain module is cut off."""

    layers: int = LAYERS
    rows: int = SIDE
    columns: int = SIDE
    prefix: list[str] = field(default_factory=lambda: ["cls"])
    name: str = "emoji-vit"

    @cached_property
    def stream(self) -> Tensor:
        """Return the stream of the plain module, ``(layer, token, channel)``."""
        found: list[Tensor] = []
        module = plain_module()
        module.blocks[0].register_forward_pre_hook(lambda _, x: found.append(x[0]))
        for block in module.blocks:
            block.register_forward_hook(lambda _, __, out: found.append(out))
        with torch.no_grad():
            module(pixels())
        return torch.cat(found)

    @cache  # noqa: B019 - the data live as long as one test module
    def logits(self, lens: str = "plain", norm: str = "own") -> np.ndarray:
        """Return logits, ``(row, token, class)``; the embedding is row 0."""
        module, stream = plain_module(), self.stream
        if lens == "tuned":
            stream = translated(stream)
        # What the final norm divides by: of the row itself, or of the last.
        divided = stream if norm == "own" else self.stream[-1:].expand_as(stream)
        variance = divided.var(-1, correction=0, keepdim=True)
        centred = stream - stream.mean(-1, keepdim=True)
        normed = centred / (variance + module.norm.eps).sqrt()
        with torch.no_grad():
            return module.head(normed * module.norm.weight + module.norm.bias).numpy()


def translated(stream: Tensor) -> Tensor:
    """Add what the shipped translators say, ``(layer, token, channel)``."""
    weights = load_file(BUNDLED / "emoji-vit.lens.safetensors")
    found = stream.clone()
    for kind, tokens in (("cls", slice(0, 1)), ("patches", slice(1, None))):
        weight = weights[f"{kind}.weight"].double()
        bias = weights[f"{kind}.bias"].double()
        for row in range(len(weight)):
            own = stream[row, tokens]
            found[row, tokens] += own @ weight[row].T + bias[row]
    return found


@dataclass
class EmojiVitParts(AttributionData):
    """What each part of the plain module adds to every class's logit."""

    layers: int = LAYERS
    heads: int = HEADS
    rows: int = SIDE
    columns: int = SIDE
    neurons: int = NEURONS
    prefix: list[str] = field(default_factory=lambda: ["cls"])
    name: str = "emoji-vit"

    @cached_property
    def module(self) -> VisionTransformer:
        return plain_module()

    @cached_property
    def inner(self) -> dict[str, list[Tensor]]:
        """Return what modules of each block take and give, by a name of the test."""
        found: dict[str, list[Tensor]] = {"pattern": [], "qkv": [], "post": []}
        module = self.module
        for block in module.blocks:
            block.attn.attn_drop.register_forward_pre_hook(
                lambda _, x: found["pattern"].append(x[0][0])
            )
            block.attn.qkv.register_forward_hook(
                lambda _, __, out: found["qkv"].append(out[0])
            )
            block.mlp.fc2.register_forward_pre_hook(
                lambda _, x: found["post"].append(x[0][0])
            )
        module.norm.register_forward_pre_hook(
            lambda _, x: found.update(last=[x[0][0, 0]])
        )
        with torch.no_grad():
            found["logits"] = [module(pixels())[0]]
        return found

    @torch.no_grad()
    def read(self, written: Tensor) -> np.ndarray:
        """Return what writing this says of each class, ``(class, ...)``."""
        norm, last = self.module.norm, self.inner["last"][0]
        scale = (last.var(correction=0) + norm.eps).sqrt()
        normed = (written - written.mean(-1, keepdim=True)) / scale * norm.weight
        return (normed @ self.module.head.weight.T).movedim(-1, 0).numpy()

    @cached_property
    def _sources(self) -> np.ndarray:
        written: list[Tensor] = []
        for block, pattern, qkv in zip(
            self.module.blocks, self.inner["pattern"], self.inner["qkv"], strict=True
        ):
            values = qkv.reshape(self.tokens, 3, self.heads, -1)[:, 2]
            weight = block.attn.proj.weight.unflatten(1, (self.heads, -1))
            written.append(
                torch.einsum("hs,shd,mhd->hsm", pattern[:, 0], values, weight)
            )
        return self.read(torch.stack(written))

    @cached_property
    def _neurons(self) -> np.ndarray:
        written = [
            post[0, :, None] * block.mlp.fc2.weight.T
            for block, post in zip(self.module.blocks, self.inner["post"], strict=True)
        ]
        return self.read(torch.stack(written))

    @cached_property
    def _biases(self) -> np.ndarray:
        blocks = self.module.blocks
        attention = torch.stack([block.attn.proj.bias for block in blocks])
        mlp = torch.stack([block.mlp.fc2.bias for block in blocks])
        return self.read(torch.stack([attention, mlp]))

    @cached_property
    def _outer(self) -> np.ndarray:
        module = self.module
        start = [module.cls_token[0, 0], module.pos_embed[0, 0]]
        found = self.read(torch.stack(start))
        with torch.no_grad():
            norm_bias = module.norm.bias @ module.head.weight.T
        biases = [norm_bias.numpy(), module.head.bias.detach().numpy()]
        return np.column_stack([found, *biases])

    @property
    def logits(self) -> np.ndarray:
        """Return what the module itself answers, ``(class,)``."""
        return self.inner["logits"][0].numpy()

    @property
    def probabilities(self) -> np.ndarray:
        """Return the softmax of that, ``(class,)``."""
        return self.inner["logits"][0].softmax(-1).numpy()

    def _of(self, parts: np.ndarray, choice: dict[str, Any]) -> np.ndarray:
        if choice["measure"] != "log_probability":
            return super()._of(parts, choice)
        return parts[choice["target"]] - np.tensordot(self.probabilities, parts, 1)

    def outer_of(self, choice: dict[str, Any]) -> dict[str, float]:
        terms = super().outer_of(choice)
        if "entropy" in terms:
            shares = self.probabilities
            terms["entropy"] = float((shares * np.log(shares)).sum())
        return terms
