"""What it costs to patch every head, beside one full run for each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from benchmarks.measuring import Row, short, take_turns
from benchmarks.subjects import VIT_B, Subject
from vitwidgets import HookedViT
from vitwidgets.methods.activation_patching import activation_patching, patching_sites
from vitwidgets.methods.attribution_patching import attribution_patching
from vitwidgets.methods.patching.metrics import Metric

if TYPE_CHECKING:
    from timm.models.vision_transformer import VisionTransformer
    from torch import Tensor

    from vitwidgets.models import ActivationCache

EXACT_BUDGET = 0.5
PREVIEW_BUDGET = 1 / 40
ROUNDS = 1  # one takes minutes
METRIC = Metric("logit", 0)


def rows(subject: Subject = VIT_B, rounds: int = ROUNDS) -> list[Row]:
    """Measure the exact sweep over all heads, and its preview."""
    module, images = subject.build()
    model = HookedViT(module, name=subject.title)
    names = patching_sites(model, "heads")
    donor_images = torch.randn_like(images[:1])
    _, base = model.run_with_cache(images[:1], names)
    _, donor = model.run_with_cache(donor_images, names)

    def exact() -> Tensor:
        sweep = activation_patching(model, base, donor, over="heads", metric=METRIC)
        return sweep.run().values

    def preview() -> Tensor:
        return attribution_patching(
            model, base, donor, over="heads", metric=METRIC
        ).values

    def loop() -> Tensor:
        return full_runs(module, images[:1], donor)

    _require_same(loop(), exact())
    preview()
    timings = take_turns(
        {"loop": loop, "exact": exact, "preview": preview}, rounds=rounds
    )
    count = model.config.n_layers * model.config.n_heads
    reference = f"{count} full runs {short(timings['loop'].seconds)} s"
    return [
        Row(
            f"all {count} heads of {model.name} patched exactly, preview included",
            f"{reference}; ViT-Prisma: 0.39 s a head",
            f"{timings['exact'].ratio:.3f} x",
            f"{EXACT_BUDGET} x",
            timings["exact"].ratio <= EXACT_BUDGET,
        ),
        Row(
            f"the same by attribution patching, both caches given ({model.name})",
            reference,
            f"{timings['preview'].ratio:.4f} x",
            f"{PREVIEW_BUDGET} x",
            timings["preview"].ratio <= PREVIEW_BUDGET,
        ),
    ]


@torch.no_grad()
def full_runs(
    module: VisionTransformer, image: Tensor, donor: ActivationCache
) -> Tensor:
    """Run all of timm's model for each head, as one does by hand: ``(layer, head)``."""
    found: list[Tensor] = []
    for layer, block in enumerate(module.blocks):
        theirs = donor[f"blocks.{layer}.attn.hook_z"]
        width = theirs.shape[-1]
        for head in range(theirs.shape[2]):
            own = slice(head * width, (head + 1) * width)

            def patch(
                _: object,
                args: tuple[Tensor],
                own: slice = own,
                other: Tensor = theirs[:, :, head],
            ) -> tuple[Tensor]:
                z = args[0].clone()
                z[..., own] = other
                return (z,)

            handle = block.attn.proj.register_forward_pre_hook(patch)
            try:
                found.append(module(image)[0, METRIC.target])
            finally:
                handle.remove()
    return torch.stack(found).view(len(module.blocks), -1)


def _require_same(logits: Tensor, shares: Tensor) -> None:
    """Compare two grids that are one a linear function of the other."""
    grids = torch.stack((logits.double().flatten(), shares.flatten()))
    likeness = float(torch.corrcoef(grids)[0, 1].abs())
    if not math.isclose(likeness, 1, abs_tol=1e-4):
        raise AssertionError(f"the sweep and the loop differ: correlation {likeness}")
