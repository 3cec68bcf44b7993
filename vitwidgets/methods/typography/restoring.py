"""What becomes of answers that a written word flipped when heads are knocked out."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from vitwidgets.methods.circuits.component_set import ComponentSet
from vitwidgets.methods.intervening.site_means import site_means
from vitwidgets.methods.typography.halves import Halves
from vitwidgets.methods.typography.pictures import answers, model_input
from vitwidgets.methods.typography.share import Share
from vitwidgets.models.addresses import Address
from vitwidgets.models.caching.index_checks import index_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from torch import Tensor

    from vitwidgets.methods.typographic_attack import TypographicAttack
    from vitwidgets.methods.typography.pictures import Pictures
    from vitwidgets.models import HookedViT


@dataclass(frozen=True)
class WithoutHeads:
    """What a model says when some heads are replaced by their mean.

    Attributes
    ----------
    heads
        Which heads.
    restored
        Of the pictures whose answer the written word had flipped, how many are called
        what they are.
    still_written
        Of the same, how many are still called what is written.
    kept
        Of the pictures as they are, and on which the model was right, how many it is
        still right on: what the knock-out costs.
    """

    heads: tuple[Address, ...]
    restored: Share
    still_written: Share
    kept: Share


@dataclass(frozen=True, repr=False)
class RestoredAnswers:
    """What knocking out some heads restores, beside random other heads.

    Attributes
    ----------
    chosen
        Without the heads in question.
    random
        Without as many other heads, drawn at random, as often as they were drawn.
    n_means
        Over how many pictures without a word the means were taken.
    """

    chosen: WithoutHeads
    random: tuple[WithoutHeads, ...]
    n_means: int

    @property
    def by_chance(self) -> Share:
        """What random heads restore, all draws together.

        The pictures are the same in each draw: the interval is that of so many cases,
        and says nothing of how much draws differ, as `draws` does.
        """
        return Share(
            sum(each.restored.hits for each in self.random),
            sum(each.restored.count for each in self.random),
        )

    @property
    def draws(self) -> tuple[float, float]:
        """The least and the largest share that one draw restores."""
        shares = [each.restored.value for each in self.random]
        return min(shares), max(shares)

    @property
    def as_good(self) -> int:
        """How many draws restore as much as the heads in question, or more."""
        hits = self.chosen.restored.hits
        return sum(each.restored.hits >= hits for each in self.random)

    @property
    def kept_by_chance(self) -> Share:
        """What is kept of the right answers without random heads, all draws."""
        return Share(
            sum(each.kept.hits for each in self.random),
            sum(each.kept.count for each in self.random),
        )

    def __repr__(self) -> str:
        low, high = self.draws
        chosen = self.chosen
        others = (
            f"  without as many random other heads: {self.by_chance}, from {low:.1%} "
            f"to {high:.1%} in {len(self.random)} draws, {self.as_good} of them as good"
        )
        return "\n".join(
            (
                f"RestoredAnswers without {', '.join(map(str, chosen.heads))}",
                f"right again, of answers that a word had flipped: {chosen.restored}",
                others,
                f"still named as written: {chosen.still_written}",
                f"still right on pictures without a word: {chosen.kept}",
                f"  without random other heads: {self.kept_by_chance}",
            )
        )


@torch.no_grad()
def restored_answers(
    model: HookedViT,
    attack: TypographicAttack,
    heads: Iterable[Address | str],
    *,
    draws: int = 20,
    seed: int = 0,
    batch_size: int = 32,
) -> RestoredAnswers:
    """Replace heads by their mean, and count the answers that are right again.

    Measured on the half of the pictures that `reading_heads` did not look at. A head's
    mean is that of z at each token over the other half, without any word on them.

    Parameters
    ----------
    model
        The model that was attacked.
    attack
        What `typographic_attack` gave.
    heads
        Such as ``found.best(3)`` of what `reading_heads` found.
    draws
        How often as many other heads are drawn at random. There are fewer where there
        are not as many different sets of them.
    seed
        Of what is drawn.
    batch_size
        Images run at a time.

    Raises
    ------
    ValueError
        If fewer than 2 answers flipped in either half; `heads` are none, one is named
        twice or is not a head; there are not as many others; or `draws` is less than 1.
    IndexError
        If the model has no such head.
    UnsupportedModelError
        If heads have no one z for each token.
    """
    pairs = _checked_heads(model, heads)
    halves = Halves.of(attack)
    sets = _random_sets(model, pairs, draws, seed)
    runs = _Runs(model, attack, halves, batch_size)
    return RestoredAnswers(
        runs.without(pairs), tuple(runs.without(each) for each in sets), runs.n_means
    )


class _Runs:
    """Runs without some heads."""

    def __init__(
        self,
        model: HookedViT,
        attack: TypographicAttack,
        halves: Halves,
        batch_size: int,
    ) -> None:
        self._model = model
        self._attack = attack
        self._batch_size = batch_size
        others, self._right = halves.right
        _, self._flipped = halves.flipped
        sites = [site for site in model.sites if site.endswith(".attn.hook_z")]
        pictures = model_input(model, attack.pictures.plain[others.numpy()])
        self._means = site_means(model, pictures, sites, batch_size=batch_size)
        self.n_means = self._means.n_images

    def without(self, heads: Sequence[tuple[int, int]]) -> WithoutHeads:
        """Count what is right without some heads, pairs of layer and head."""
        attack = self._attack
        addresses = tuple(Address(layer, "z", head) for layer, head in heads)
        lettered = self._said(addresses, attack.pictures.lettered, self._flipped)
        plain = self._said(addresses, attack.pictures.plain, self._right)
        return WithoutHeads(
            addresses,
            restored=_share(lettered == attack.true[self._flipped]),
            still_written=_share(lettered == attack.written[self._flipped]),
            kept=_share(plain == attack.true[self._right]),
        )

    def _said(
        self, heads: Sequence[Address], pictures: Pictures, which: Tensor
    ) -> Tensor:
        components = ComponentSet.of(self._model, heads, "heads")
        return answers(
            self._model,
            pictures[which.numpy()],
            batch_size=self._batch_size,
            hooks=components.hooks(self._means.values),
        )


def _checked_heads(
    model: HookedViT, given: Iterable[Address | str]
) -> list[tuple[int, int]]:
    """Give heads as pairs of layer and head."""
    each = [given] if isinstance(given, (str, Address)) else list(given)
    found: list[tuple[int, int]] = []
    for one in each:
        address = one if isinstance(one, Address) else Address.parse(one)
        if address.part != "z" or address.index is None or address.token is not None:
            raise ValueError(f"{address} is not a whole head, such as L3.H1")
        layer = index_of("block", address.layer, model.config.n_layers)
        found.append((layer, index_of("head", address.index, model.config.n_heads)))
    if not found or len(set(found)) < len(found):
        raise ValueError(
            f"give at least one head, and each once; got "
            f"{', '.join(map(str, each)) or 'none'}"
        )
    return found


def _random_sets(
    model: HookedViT, heads: Sequence[tuple[int, int]], draws: int, seed: int
) -> list[list[tuple[int, int]]]:
    """Draw sets of as many other heads, no two alike."""
    number = operator.index(draws)
    if number < 1:
        raise ValueError(f"draws must be at least 1, got {draws}")
    layers, columns = range(model.config.n_layers), range(model.config.n_heads)
    others = [(i, j) for i in layers for j in columns if (i, j) not in heads]
    if len(others) < len(heads):
        raise ValueError(
            f"{len(heads)} heads are given and there are only {len(others)} others, "
            f"not as many to compare with: give fewer"
        )
    number = min(number, math.comb(len(others), len(heads)))
    rng = np.random.default_rng(seed)
    found: dict[tuple[int, ...], None] = {}
    while len(found) < number:
        drawn = rng.choice(len(others), size=len(heads), replace=False)
        found[tuple(sorted(int(index) for index in drawn))] = None
    return [[others[index] for index in drawn] for drawn in found]


def _share(cases: Tensor) -> Share:
    return Share(int(cases.sum()), len(cases))
