"""Fitting the translators of a tuned lens, and nothing of the model."""

from __future__ import annotations

import contextlib
import math
import operator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from tqdm import tqdm

from vitwidgets.methods.lens_divergence import lens_divergence
from vitwidgets.methods.tuned_lens import (
    LensTraining,
    TunedLens,
)
from vitwidgets.methods.tuning.images import LensImages
from vitwidgets.methods.tuning.targets import token_streams
from vitwidgets.methods.tuning.translators import PATCHES, Translators, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from torch import Tensor

    from vitwidgets.methods.image_stream import Images
    from vitwidgets.models import HookedViT

_WARM_UP = 0.1
"""Share of the steps in which the learning rate rises."""


@dataclass(frozen=True)
class LensStep:
    """One step of fitting.

    Attributes
    ----------
    step, steps
        Which step this was, from 1, and of how many.
    losses
        Mean KL in nats over the step's images, before the step: by kind of token, for
        each layer but the last, the embedding first.
    """

    step: int
    steps: int
    losses: Mapping[str, tuple[float, ...]]

    def __str__(self) -> str:
        patches = self.losses[PATCHES]
        shown = sorted({0, len(patches) // 2, len(patches) - 1})
        numbers = (
            f"{f'L{row - 1}' if row else 'embedding'} {patches[row]:.3f}"
            for row in shown
        )
        return f"KL of patches: {', '.join(numbers)}"


Progress: TypeAlias = "Callable[[LensStep], object] | bool"


def train_tuned_lens(
    model: HookedViT,
    images: Images,
    *,
    held_out: Images | None = None,
    steps: int = 1000,
    batch_size: int = 16,
    learning_rate: float = 1e-3,
    seed: int = 0,
    progress: Progress = True,
) -> TunedLens:
    """Fit translators to a model, so that its classifier can read each layer.

    Belrose et al., "Eliciting Latent Predictions from Transformers with the Tuned Lens"
    (2023). What is made small is KL(final readout || what is read), for each layer and
    kind of token on its own. The final readout is what the model's norm and classifier
    read of the same token after the last block: for a class token the model's output.

    Parameters
    ----------
    model
        The model. Nothing of it is changed, and its parameters get no gradients.
    images
        As `attention_statistics` takes them. Those that can be picked one by one (a
        folder, a batch, a sequence or a data set) are shuffled, others taken as they
        come; both again and again.
    held_out
        Images to measure on, which should not be among `images`. By default a tenth of
        the images, which are then not fitted to.
    steps
        Number of steps.
    batch_size
        Images in a step.
    learning_rate
        The highest; it rises in the first tenth of the steps and falls to 0.
    seed
        Of all random choices: equal ones give equal translators, on one machine.
    progress
        Whether one line tells how far it is, with the losses; or a function that is
        given each `LensStep`. Whatever it raises ends the fitting.

    Returns
    -------
    TunedLens
        With how it was fitted, and its ``divergence`` on the held-out images beside
        that of the plain lens.

    Raises
    ------
    UnsupportedModelError
        If the model has no classifier, or single tokens have no logits in it.
    ValueError, TypeError
        If a number can't be used, images can't (as `attention_statistics` says), there
        are none to hold out, or images that can be gone through once are too few.
    FloatingPointError
        If the loss is no finite number any more.

    Notes
    -----
    Adam (Kingma and Ba, 2015) with betas of 0.9 and 0.999, without weight decay. The
    paper's SGD with Nesterov momentum at rate 1 came as far on ``emoji-vit``, but how
    far it steps grows with the stream, of which some channels are many times as large
    as others in ViTs. From the paper's package: the residual form, which starts as the
    plain lens, a bias, a linear fall of the rate and its warm-up for Adam.
    """
    _check(steps, learning_rate)
    seed = operator.index(seed)
    start = TunedLens.untrained(model)
    generator = torch.Generator().manual_seed(seed)
    pictures = LensImages(images, held_out, generator)
    with _own_random_state(seed), torch.inference_mode(mode=False):
        fit = _Fit(model, start, steps, learning_rate)
        with _shown(progress, steps) as show:
            batches = pictures.batches(model, batch_size)
            for step in range(1, steps + 1):
                show(LensStep(step, steps, fit.step(next(batches))))
        pictures.warn_of_skipped()
        lens = replace(
            start,
            translators=fit.translators(),
            training=LensTraining(
                # Of NumPy they may be as well, which no file could hold.
                operator.index(steps),
                operator.index(batch_size),
                float(learning_rate),
                seed,
                pictures.n_seen,
            ),
        )
        measured = lens_divergence(
            model,
            pictures.held_out,
            lens,
            batch_size=batch_size,
            progress=progress is True,
        )
    return replace(lens, divergence=measured)


class _Fit:
    """Translators on their way, each weight and bias a leaf of the graph."""

    def __init__(
        self, model: HookedViT, start: TunedLens, steps: int, learning_rate: float
    ) -> None:
        self._model = model
        self._unembedding = model.unembedding
        self._pairs = {
            kind: [
                (weight.clone().requires_grad_(), bias.clone().requires_grad_())
                for weight, bias in zip(each.weight, each.bias, strict=True)
            ]
            for kind, each in start.translators.items()
        }
        leaves = [
            leaf for pairs in self._pairs.values() for pair in pairs for leaf in pair
        ]
        self._optimizer: Any = torch.optim.Adam(leaves, lr=learning_rate)
        warm_up = math.ceil(_WARM_UP * steps)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimizer,
            lambda done: min((done + 1) / warm_up, (steps - done) / steps),
        )
        self._steps_done = 0

    def step(self, pixels: Tensor) -> dict[str, tuple[float, ...]]:
        """Make one step on some images; give the losses that it started from."""
        self._optimizer.zero_grad()
        losses = {kind: [0.0] * len(pairs) for kind, pairs in self._pairs.items()}
        for some in token_streams(self._model, pixels):
            share = len(some.target) / len(pixels)
            for row, (stream, pair) in enumerate(
                zip(some.streams, self._pairs[some.kind], strict=True)
            ):
                with torch.enable_grad():
                    read = translated(stream, *pair)
                    each = some.divergence(self._unembedding, read)
                    loss = share * each.mean()
                    # Not loss.backward(): the norm and the classifier get no gradient.
                    gradients = torch.autograd.grad(loss, pair)
                for leaf, gradient in zip(pair, gradients, strict=True):
                    leaf.grad = gradient if leaf.grad is None else leaf.grad + gradient
                losses[some.kind][row] += float(loss.detach())
        self._require_finite(losses)
        self._optimizer.step()
        self._schedule.step()
        self._steps_done += 1
        return {kind: tuple(each) for kind, each in losses.items()}

    def translators(self) -> dict[str, Translators]:
        """Give the translators as they are now."""
        found: dict[str, Translators] = {}
        for kind, pairs in self._pairs.items():
            weights, biases = zip(*pairs, strict=True)
            found[kind] = Translators(
                torch.stack(weights).detach(), torch.stack(biases).detach()
            )
        return found

    def _require_finite(self, losses: Mapping[str, list[float]]) -> None:
        for kind, each in losses.items():
            for row, loss in enumerate(each):
                if math.isfinite(loss):
                    continue
                way_out = (
                    "give a lower learning_rate"
                    if self._steps_done
                    else "look for values in the images, or in the model's logits, "
                    "that are not finite"
                )
                raise FloatingPointError(
                    f"after {self._steps_done} steps the loss of {kind} at "
                    f"{f'L{row - 1}' if row else 'the embedding'} is {loss}: {way_out}"
                )


def _check(steps: int, learning_rate: float) -> None:
    if isinstance(steps, bool) or operator.index(steps) < 1:
        raise ValueError(f"steps must be at least 1, got {steps!r}")
    if not (math.isfinite(learning_rate) and learning_rate > 0):
        raise ValueError(f"learning_rate must be above 0, got {learning_rate!r}")


@contextlib.contextmanager
def _own_random_state(seed: int) -> Generator[None]:
    """Let loaders that draw from torch's random state do so, and put it back."""
    random: Any = torch.random
    with random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield


@contextlib.contextmanager
def _shown(progress: Progress, steps: int) -> Generator[Callable[[LensStep], object]]:
    if not isinstance(progress, bool):
        yield progress
        return
    with tqdm(total=steps, unit="step", desc="tuned lens", disable=not progress) as bar:

        def show(step: LensStep) -> None:
            bar.set_postfix_str(str(step), refresh=False)
            bar.update()

        yield show
