"""How much of an answer a set of components makes, and how much the rest makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from tqdm import tqdm

from vitwidgets.methods.circuits.component_set import ComponentSet
from vitwidgets.methods.image_stream import ImageStream
from vitwidgets.methods.intervening.requirements import require_classes
from vitwidgets.methods.intervening.site_means import SiteMeans
from vitwidgets.methods.patching.metrics import Metric, metric_of
from vitwidgets.models.errors import UnsupportedModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from torch import Tensor

    from vitwidgets.methods.circuits.component_set import Among
    from vitwidgets.methods.image_stream import Images
    from vitwidgets.methods.patching.metrics import MetricChoice, MetricName
    from vitwidgets.models import HookedViT
    from vitwidgets.models.addresses import Address

_OF_ANSWER: tuple[MetricName, ...] = ("logit", "probability", "difference")
"""Metrics of the model's own answer for each image."""
_LEAST = 1e-6
"""Of the largest value: below this a difference of runs may be rounding."""


@dataclass(frozen=True, eq=False)
class KnockOut:
    """What is left of an answer without a set of components, and with it alone.

    Attributes
    ----------
    among
        What components there are: ``"heads"`` or ``"heads and MLPs"``.
    metric
        What was measured: a name, or the metric.
    values
        ``(image, 4)``, float64: the metric with nothing replaced, with all but the set
        replaced by its mean, with the set replaced, and with everything replaced.
    """

    among: Among
    metric: str
    values: Tensor

    @property
    def n_images(self) -> int:
        """Over how many images."""
        return len(self.values)

    @property
    def whole(self) -> float:
        """The metric of the whole model, mean over the images."""
        return float(self.values[:, 0].mean())

    @property
    def kept(self) -> float:
        """That with the set alone: all other components are replaced by their mean."""
        return float(self.values[:, 1].mean())

    @property
    def removed(self) -> float:
        """That without the set: its components are replaced by their mean."""
        return float(self.values[:, 2].mean())

    @property
    def nothing(self) -> float:
        """That with every component replaced by its mean."""
        return float(self.values[:, 3].mean())

    @property
    def faithfulness(self) -> float:
        """How much of what components do the set does alone: 1 is all of it.

        ``(kept - nothing) / (whole - nothing)``.
        """
        return self._share(self.kept)

    @property
    def completeness(self) -> float:
        """How much of what components do is lost without the set: 1 is all of it.

        ``(whole - removed) / (whole - nothing)``. Of a set that is faithful but not
        complete, others do the same again.
        """
        return 1 - self._share(self.removed)

    def _share(self, value: float) -> float:
        change = self.whole - self.nothing
        if abs(change) <= _LEAST * float(self.values.abs().max()):
            raise ValueError(
                f"the {self.metric} is {self.whole:.6g} with everything and "
                f"{self.nothing:.6g} with nothing: no share of so small a difference "
                f"can be told. Take another metric, or other images for the means"
            )
        return (value - self.nothing) / change


@torch.no_grad()
def knock_out(
    model: HookedViT,
    images: Images,
    components: Iterable[Address | str],
    *,
    means: SiteMeans,
    metric: MetricChoice = "difference",
    among: Among = "heads and MLPs",
    batch_size: int = 8,
    progress: bool = True,
) -> KnockOut:
    """Replace a set of components by its mean, and then all the others.

    Wang et al., "Interpretability in the Wild" (2022): a circuit is faithful if it does
    what the model does when all else is knocked out, and complete if nothing is left of
    that when it is knocked out itself. Both are given as shares of what the components
    do at all. (Their measure of incompleteness, for the whole circuit, is the distance
    of `removed` from `nothing`.)

    Parameters
    ----------
    model
        A model with a classifier.
    images
        As `attention_statistics` takes them; gone through once, four runs for each.
    components
        The set: heads (``"L7.H3"``) and MLPs (``"L7.MLP"``), as they are at all tokens,
        or at one (``"L7.H3@cls"``).
    means
        What a component is replaced by: its mean at each token, as
        ``site_means(model, others, knock_out_sites(model))`` gives it.
    metric
        ``"logit"`` or ``"probability"`` of the model's own answer for each image;
        ``"difference"``: its logit less that of the second best; ``"kl"`` from the
        whole model; a `Metric`, with a class of its own for all images; or a function
        of the logits and those of the whole model.
    among
        What components there are beside the set: ``"heads"`` leaves MLPs alone.
    batch_size
        Images run at a time.
    progress
        Whether a progress bar is written to stderr.

    Raises
    ------
    UnsupportedModelError
        If the model has no classifier, or heads without one z for each token.
    ValueError
        If a component is none of those, the means do not fit, or the images do not, as
        `attention_statistics` says.
    IndexError
        If the model has no such block, head, token or class.
    TypeError
        If `means` or `metric` is no such thing.
    """
    require_classes(model, "and a knock-out is measured on the logits")
    name = _checked_name(metric, model.config.n_classes)
    chosen = ComponentSet.of(model, components, among)
    values = _fitting(model, means, chosen)
    everything = ComponentSet.of(model, (), among).complement
    variants = (chosen.complement, chosen, everything)
    stream = ImageStream(model, images, None, batch_size)
    measured: list[Tensor] = []
    with tqdm(
        total=stream.expected, unit="image", desc="knock-out", disable=not progress
    ) as bar:
        for batch in stream:
            _require_own_size(model, batch.pixels)
            pixels = batch.pixels.to(next(model.module.parameters()).device)
            whole = model(pixels)
            logits = [whole]
            for each in variants:
                hooks = each.hooks(values)
                logits.append(model.run_with_hooks(pixels, hooks) if hooks else whole)
            measured += [_measured(metric, rows) for rows in torch.stack(logits, 1)]
            bar.update(len(pixels))
    stream.warn_of_skipped()
    return KnockOut(among, name, torch.stack(measured).cpu().double())


def knock_out_sites(model: HookedViT) -> list[str]:
    """Name the sites whose means `knock_out` may take."""
    endings = (".attn.hook_z", ".hook_mlp_out")
    return [site for site in model.sites if site.endswith(endings)]


def _checked_name(metric: MetricChoice, n_classes: int) -> str:
    """Give what a metric is called, or raise as `metric_of` does."""
    if metric in _OF_ANSWER:
        return str(metric)
    logits = torch.zeros(n_classes)
    return str(metric_of(metric, logits, logits))


def _measured(metric: MetricChoice, logits: Tensor) -> Tensor:
    """Measure an image's runs, ``(4, class)``; the first is of the whole model."""
    whole = logits[0]
    if metric not in _OF_ANSWER:
        return metric_of(metric, whole, whole)(logits, whole)
    best, second = (int(index) for index in whole.topk(2).indices)
    versus = second if metric == "difference" else None
    return Metric(metric, best, versus)(logits, whole)


def _require_own_size(model: HookedViT, pixels: Tensor) -> None:
    size = tuple(pixels.shape[-2:])
    if size != model.config.image_size:
        raise ValueError(
            f"the images have {size[0]} x {size[1]} pixels: components are knocked out "
            f"at the tokens of {model.config.image_size[0]} x "
            f"{model.config.image_size[1]} pixels, the model's own size"
        )


def _fitting(
    model: HookedViT, means: object, chosen: ComponentSet
) -> Mapping[str, Tensor]:
    """Give the means of all components, or an error that says what is wrong."""
    if not isinstance(means, SiteMeans):
        raise TypeError(
            f"means are what site_means(model, images, knock_out_sites(model)) gives, "
            f"got a {type(means).__name__}"
        )
    device = next(model.module.parameters()).device
    found: dict[str, Tensor] = {}
    for site, mask in chosen.masks.items():
        if site not in model.sites:
            raise UnsupportedModelError(
                f"{model.name} has no site {site!r}, so its MLPs cannot be replaced "
                f"alone: give among='heads'"
            )
        if site not in means.values:
            raise ValueError(
                f"the means are without {site!r}: measure "
                f"site_means(model, images, knock_out_sites(model))"
            )
        value = means.values[site]
        width = model.config.d_head if mask.ndim > 2 else model.config.d_model  # noqa: PLR2004
        if value.shape != (*mask.shape, width):
            raise ValueError(
                f"the mean of {site!r} has the shape {tuple(value.shape)}, in this "
                f"model it is {(*mask.shape, width)}: measure it on this model"
            )
        found[site] = value.to(device)
    return found
