"""Which heads read what is written on a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from tqdm import tqdm

from vitwidgets.methods.attribution_patching import rank_correlation
from vitwidgets.methods.circuits.whole_heads import require_whole_heads
from vitwidgets.methods.direct_logit_attribution import (
    attribution_sites,
    direct_logit_attribution,
)
from vitwidgets.methods.head_replacements import without_head
from vitwidgets.methods.typography.halves import Halves
from vitwidgets.methods.typography.pictures import model_input
from vitwidgets.models.addresses import Address
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

    from vitwidgets.methods.typographic_attack import TypographicAttack
    from vitwidgets.methods.typography.pictures import Pictures
    from vitwidgets.models import ActivationCache, HookedViT


@dataclass(frozen=True, eq=False, repr=False)
class ReadingHeads:
    """How much each head has to do with a model naming what is written.

    Everything is about the difference of two logits: that of the written word minus
    that of the true one.

    Attributes
    ----------
    attribution
        float64 ``(layer, head)``: what the head itself adds to the difference, on the
        picture with the word minus on the picture as it is, mean over pictures.
    patching
        float64 ``(layer, head)``: by how much the difference falls on the picture with
        the word, where the head's z at all tokens is that of the picture as it is; mean
        over pictures.
    undone
        int64 ``(layer, head)``: of how many pictures the answer is right again then.
    change
        The difference on the picture with the word minus on the picture as it is, mean
        over pictures: what there is to explain.
    n_images
        How many pictures there were, all of them with an answer that flipped.
    """

    attribution: Tensor
    patching: Tensor
    undone: Tensor
    change: float
    n_images: int

    @property
    def agreement(self) -> float:
        """Spearman's rank correlation of attribution and patching."""
        return rank_correlation(self.attribution, self.patching)

    def best(self, count: int) -> tuple[Address, ...]:
        """Give the heads that matter most by patching, the first one most.

        Raises
        ------
        ValueError
            If there are not as many.
        """
        _, heads = self.patching.shape
        total = self.patching.numel()
        if isinstance(count, bool) or not 1 <= count <= total:
            raise ValueError(f"there are {total} heads: choose 1 to {total} of them")
        order = self.patching.flatten().argsort(descending=True, stable=True)
        return tuple(
            Address(int(index) // heads, "z", int(index) % heads)
            for index in order[:count]
        )

    def frame(self) -> pd.DataFrame:
        """Give one row a head, that which matters most by patching first."""
        import pandas as pd  # noqa: PLC0415 (half a second)

        heads = self.best(self.patching.numel())
        where = [(address.layer, address.index) for address in heads]
        frame = pd.DataFrame(
            {
                "address": [str(address) for address in heads],
                "patching": [float(self.patching[at]) for at in where],
                "attribution": [float(self.attribution[at]) for at in where],
                "undone": [int(self.undone[at]) for at in where],
            }
        )
        frame.attrs = {"n_images": self.n_images, "change": self.change}
        return frame

    def __repr__(self) -> str:
        best = self.best(min(5, self.patching.numel()))
        lines = [
            f"  {address}: patching {float(self.patching[at]):+.2f}, attribution "
            f"{float(self.attribution[at]):+.2f}, {int(self.undone[at])} undone"
            for address in best
            for at in [(address.layer, address.index)]
        ]
        title = (
            f"ReadingHeads over {self.n_images} flips, which move the difference of "
            f"both logits by {self.change:+.2f}; first by patching"
        )
        return "\n".join((title, *lines))


@torch.no_grad()
def reading_heads(
    model: HookedViT, attack: TypographicAttack, *, progress: bool = True
) -> ReadingHeads:
    """Look for the heads that make a model name what is written on a picture.

    In two ways, which answer two questions. The attribution (as in
    `direct_logit_attribution`) is what a head itself tells the output about the word.
    Patching (Vig et al. 2020; as in `activation_patching` over heads) is what is lost
    when the head does not know of the word, also where it is later heads that speak.

    Only every other one of the pictures on which the model was right is looked at, of
    those the ones whose answer flipped. The rest is kept for `restored_answers`, so
    that heads are not judged by what they were chosen for.

    Parameters
    ----------
    model
        The model that was attacked.
    attack
        What `typographic_attack` gave.
    progress
        Whether a progress bar is written to stderr.

    Raises
    ------
    UnsupportedModelError
        If heads have no one z for each token, or single tokens have no logits.
    ValueError
        If fewer than 2 answers flipped in either half.
    """
    require_whole_heads(model)
    chosen, _ = Halves.of(attack).flipped
    attributed: list[Tensor] = []
    fallen: list[Tensor] = []
    undone: list[Tensor] = []
    changes: list[float] = []
    for case in tqdm(chosen, desc="reading heads", disable=not progress):
        index = int(case)
        true, written = int(attack.true[index]), int(attack.written[index])
        plain = _run(model, attack.pictures.plain[index : index + 1])
        lettered = _run(model, attack.pictures.lettered[index : index + 1])
        parts = [
            direct_logit_attribution(
                model, run, written, versus=true, measure="difference"
            )
            for run in (plain, lettered)
        ]
        attributed.append((parts[1].heads - parts[0].heads)[0].cpu().double())
        patched = _each_head_patched(model, lettered, plain).cpu().double()
        logits = lettered["hook_logits"][0].cpu().double()
        difference = logits[written] - logits[true]
        fallen.append(difference - (patched[..., written] - patched[..., true]))
        undone.append(patched.argmax(-1) == true)
        changes.append(float(parts[1].value - parts[0].value))
    return ReadingHeads(
        attribution=torch.stack(attributed).mean(0),
        patching=torch.stack(fallen).mean(0),
        undone=torch.stack(undone).sum(0),
        change=sum(changes) / len(changes),
        n_images=len(changes),
    )


def _run(model: HookedViT, picture: Pictures) -> ActivationCache:
    sites = [
        *attribution_sites(model),
        *(in_block(layer, "hook_resid_pre") for layer in range(model.config.n_layers)),
        *(in_block(layer, "attn.hook_z") for layer in range(model.config.n_layers)),
    ]
    pixels = model_input(model, picture)
    return model.run_with_cache(pixels, list(dict.fromkeys(sites)))[1]


def _each_head_patched(
    model: HookedViT, base: ActivationCache, donor: ActivationCache
) -> Tensor:
    """Give the logits with one head's z from another run: ``(layer, head, class)``."""
    layers: list[Tensor] = []
    for layer in range(model.config.n_layers):
        site = in_block(layer, "attn.hook_z")
        rows = [
            model.resume(
                base, layer, fwd_hooks=[(site, without_head(head, donor[site]))]
            )[0]
            for head in range(model.config.n_heads)
        ]
        layers.append(torch.stack(rows))
    return torch.stack(layers)
