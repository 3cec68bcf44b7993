"""A model's heads, copied and silenced with PyTorch's own hooks."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

import vitwidgets as vw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch import Tensor, nn

    from vitwidgets.models import HookedViT

ALL = slice(None)


class Bench:
    """The plain module, and what its heads pass on when it sees the donor.

    Parameters
    ----------
    model
        The bundled one.
    clean, donor
        Names of scenes.
    """

    def __init__(self, model: HookedViT, clean: str, donor: str) -> None:
        self.clean = clean
        self.model, self.module = model, model.module
        names = model.class_names or []
        self.cat, self.dog = names.index("cat"), names.index("dog")
        self.heads = [
            f"L{layer}.H{head}"
            for layer in range(model.config.n_layers)
            for head in range(model.config.n_heads)
        ]
        self.passed: dict[int, Tensor] = {}
        self.newest: dict[int, Tensor] = {}
        with self._before_projections(self._keep):
            self._run(self.pixels(donor))

    def pixels(self, *pictures: Any) -> Tensor:
        """Prepare scenes by name, or pictures."""
        preprocessing: Any = self.model.preprocessing
        given = [vw.images.sample(p) if isinstance(p, str) else p for p in pictures]
        prepared = [vw.images.prepare_image(each, preprocessing) for each in given]
        return torch.cat([each.pixels for each in prepared])

    def logits(
        self,
        pixels: Tensor,
        heads: Sequence[str] = (),
        *,
        zero: bool = False,
        tokens: slice = ALL,
    ) -> Tensor:
        """Run with heads copied from the donor, or silenced."""
        places = [tuple(int(part[1:]) for part in head.split(".")) for head in heads]
        width = self.model.config.d_head

        def edit(layer: int, left: Tensor) -> Tensor:
            left = left.clone()
            for head in (head for block, head in places if block == layer):
                mine = slice(head * width, (head + 1) * width)
                value = 0 if zero else self.passed[layer][:, tokens, mine]
                left[:, tokens, mine] = value
            self.newest[layer] = left
            return left

        with self._before_projections(edit):
            return self._run(pixels)

    def ahead(self, *heads: str, scene: str = "", **options: Any) -> float:
        """Give the logit of dog minus that of cat."""
        logits = self.logits(self.pixels(scene or self.clean), heads, **options)[0]
        return float(logits[self.dog] - logits[self.cat])

    @torch.no_grad()
    def says(self, head: str, *copied: str) -> float:
        """Give what a head writes to ``cls`` in the end, dog minus cat.

        The last norm divides by the size that ``cls`` has in that run.
        """
        layer, index = (int(part[1:]) for part in head.split("."))
        width = self.model.config.d_head
        mine = slice(index * width, (index + 1) * width)
        module: Any = self.module
        streams: list[Tensor] = []
        handle = module.norm.register_forward_pre_hook(
            lambda _, inputs: streams.append(inputs[0][0, 0])
        )
        self.logits(self.pixels(self.clean), copied)
        handle.remove()
        projection = module.blocks[layer].attn.proj.weight[:, mine]
        wrote = projection @ self.newest[layer][0, 0, mine]
        classifier = module.head.weight[self.dog] - module.head.weight[self.cat]
        size = streams[0].std(unbiased=False)
        return float((wrote - wrote.mean()) / size @ (module.norm.weight * classifier))

    def dogs(self, pixels: Tensor, heads: Sequence[str] = (), **options: Any) -> int:
        """Count the images that are taken for a dog."""
        answers = self.logits(pixels, heads, **options).argmax(-1)
        return int((answers == self.dog).sum())

    def _keep(self, layer: int, left: Tensor) -> Tensor:
        self.passed[layer] = left
        return left

    @torch.no_grad()
    def _run(self, pixels: Tensor) -> Tensor:
        module: Any = self.module
        return module(pixels)

    @contextmanager
    def _before_projections(
        self, edit: Callable[[int, Tensor], Tensor]
    ) -> Iterator[None]:
        """Let ``edit`` see, and give, what the heads of each layer pass on."""

        def hook_of(layer: int) -> Callable[[nn.Module, tuple[Tensor]], Tensor]:
            return lambda _, inputs: edit(layer, inputs[0])

        module: Any = self.module
        handles = [
            block.attn.proj.register_forward_pre_hook(hook_of(layer))
            for layer, block in enumerate(module.blocks)
        ]
        yield
        for handle in handles:
            handle.remove()
