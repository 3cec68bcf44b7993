"""The emoji logit lens: the class that every patch says, at every layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from vitwidgets.images import SampleScene, read_image
from vitwidgets.methods.tuning.shipped import shipped_lens
from vitwidgets.models import HookedViT
from vitwidgets.widgets.explorer import built
from vitwidgets.widgets.lens.answers import LensAnswers
from vitwidgets.widgets.lens.cells import lens_cells
from vitwidgets.widgets.lens.source import LensSource
from vitwidgets.widgets.lens.state import LensState
from vitwidgets.widgets.lens.still import lens_still, lens_svg
from vitwidgets.widgets.lens.truth import LensTruth
from vitwidgets.widgets.model_on_image import read_once
from vitwidgets.widgets.reproduction import Opening, code_frame

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    from numpy.typing import ArrayLike, NDArray
    from PIL import Image
    from torch import nn

    from vitwidgets.images import ImageSource
    from vitwidgets.methods.lens_readings import LensReadings
    from vitwidgets.methods.tuned_lens import TunedLens
    from vitwidgets.widgets.exported_page import KeptAnswer
    from vitwidgets.widgets.lens.cells import Cell
    from vitwidgets.wire import Answer

_OPENING = Opening(
    "lens",
    "EmojiLogitLens",
    'results["top_probabilities"][lens.layer + 1]',
    "of each token's 5 likeliest classes",
)


class EmojiLogitLens(LensState):
    """What every patch of an image says at every layer, as emoji, live.

    Any token is read by the model's own final norm and classifier (the logit lens,
    nostalgebraist, 2020), or by a tuned lens (Belrose et al., 2023).

    Parameters
    ----------
    model
        A :class:`vitwidgets.HookedViT` with a classifier, or a module that one can be
        made of.
    image
        One image, as :func:`vitwidgets.images.read_image` takes it; it goes through the
        model's own preprocessing.
    masks
        Where things truly are: for names (of classes, where they are) bool arrays
        ``(height, width)`` in pixels of the image. A bundled scene brings its own.
    tuned
        A tuned lens that was fitted to this model; the bundled model brings its own.
    **state
        Initial values of the traits that the page may set, such as ``layer``, ``mode``,
        ``target``. Classes may be given by name.

    Raises
    ------
    ValueError
        When the model is in training mode or has no preprocessing, the image can't be
        used, a mask has another size, or the tuned lens is of another model.
    TraitError
        When a value of ``state`` doesn't exist on this model.
    UnsupportedModelError
        When single tokens have no logits in this model: it has no classifier, or pools
        in a way that leaves none.
    """

    _esm = built("emoji_logit_lens.js")
    _css = built("emoji_logit_lens.css")
    slow_requests = frozenset({"lens", "class", "overlap"})

    def __init__(
        self,
        model: HookedViT | nn.Module,
        image: ImageSource,
        *,
        masks: Mapping[str, ArrayLike] | None = None,
        tuned: TunedLens | None = None,
        **state: Any,
    ) -> None:
        self._check_names(state)
        hooked = model if isinstance(model, HookedViT) else HookedViT(model)
        seen = read_once(image)
        source = LensSource(hooked, seen, tuned or shipped_lens(hooked))
        self._source = source
        self.model = source.model
        self.labels = source.labels
        self._truth = _truth_of(masks, seen, source)
        self._answers = LensAnswers(source, self._truth)
        config = self.model.config
        self._sizes = {
            "layer": config.n_layers,
            "token": source.model.grid.n_tokens,
            "class": config.n_classes,
        }
        self._unavailable = source.unavailable
        grid = self.model.grid
        state = {
            "layer": config.n_layers - 1,
            "token": grid.token(grid.rows // 2, grid.cols // 2),
            **self.with_indices(state),
        }
        lens, norm = state.get("lens", "plain"), state.get("norm", "own")
        for name in (lens, norm):
            if name in self._unavailable:
                raise ValueError(self._unavailable[name])
        given = {"masks": masks, "tuned": tuned}
        names = [f"{name}=" for name, value in given.items() if value is not None]
        options = (
            f"    # Give {' and '.join(names)} again, as you did.\n" if names else ""
        )
        frame = code_frame(_OPENING, [self.model], [image], options)
        super().__init__({**self._facts(lens, norm), "code_frame": frame}, state)

    @property
    def results(self) -> dict[str, NDArray[Any]]:
        """What is read with the present lens and norm; the embedding comes first.

        Arrays: ``top_classes``, ``top_logits`` and ``top_probabilities`` ``(layer,
        token, 5)``, ``entropy`` in nats ``(layer, token)``, and with a target its
        ``target_logits``, ``target_probabilities`` and ``target_ranks`` ``(layer,
        token)``.
        """
        read = self._read()
        found: dict[str, NDArray[Any]] = {
            "top_classes": read.top_classes[0].cpu().numpy(),
            "top_logits": read.top_logits[0].cpu().numpy(),
            "top_probabilities": read.top_probabilities[0].cpu().numpy(),
            "entropy": read.entropy[0].cpu().numpy(),
        }
        if self.target >= 0:
            maps = self._live.class_map(self.lens, self.norm, self.target)
            normaliser = read.normaliser[0].cpu().numpy()
            found["target_logits"] = maps["logits"]
            found["target_probabilities"] = np.exp(maps["logits"] - normaliser)
            found["target_ranks"] = maps["ranks"].astype(np.int64)
        return found

    def curves(self) -> dict[str, NDArray[Any]]:
        """Follow classes of the chosen token through the layers, the embedding first.

        Arrays: ``classes`` ``(class,)``, the target and what it is compared with, then
        the likeliest at any layer; their ``logits`` and ``probabilities`` ``(layer,
        class)``; ``entropy`` in nats of all classes ``(layer,)``.
        """
        read, token = self._read(), self.token
        followed: list[int] = read.followed_classes[0, token].cpu().numpy().tolist()
        logits = read.followed_logits[0, :, token].cpu().numpy()
        found = dict(zip(followed, logits.T, strict=True))
        chosen = [index for index in (self.target, self.versus) if index >= 0]
        for index in chosen:
            if index not in found:
                maps = self._live.class_map(self.lens, self.norm, index)
                found[index] = maps["logits"][:, token]
        classes = list(dict.fromkeys([*chosen, *found]))
        logits = np.stack([found[index] for index in classes], axis=1)
        normaliser = read.normaliser[0, :, token, None].cpu().numpy()
        return {
            "classes": np.array(classes),
            "logits": logits,
            "probabilities": np.exp(logits - normaliser),
            "entropy": read.entropy[0, :, token].cpu().numpy(),
        }

    def mask_array(self) -> NDArray[np.bool_]:
        """Return the patches that say a class of ``mask`` at the present layer.

        Returns
        -------
        NDArray
            bool, ``(row, column)``.

        Raises
        ------
        ValueError
            When no class is chosen.
        """
        chosen = self._chosen()
        return self._truth.patches(self._read(), chosen)[self.layer + 1].numpy()

    def save_mask(self, path: str | os.PathLike[str]) -> None:
        """Write :meth:`mask_array` as a PNG of the picture's size, white on black.

        Raises
        ------
        ValueError
            When no class is chosen.
        OSError
            When the file can't be written; one that was there before is unchanged.
        """
        self._truth.save(self.mask_array(), path)

    def overlap(self) -> dict[str, NDArray[np.float32]]:
        """Compare the mask with the truth, layer by layer.

        Returns
        -------
        dict
            ``iou`` (intersection over union) and ``accuracy`` (share of pixels that are
            right), ``(layer,)``, the embedding first. The truth is the objects of the
            chosen classes.

        Raises
        ------
        ValueError
            When no class is chosen, or it is not known where these objects are.
        """
        chosen = self._chosen()
        if not self._truth.names(chosen):
            raise ValueError(
                "it is not known where objects of the chosen classes are: give masks= "
                "with names of classes"
            )
        return self._truth.overlap(self._read(), chosen)

    def answers(self) -> dict[str, Callable[..., Answer]]:
        """Answer for another lens, a class, the overlap with the truth, and emoji."""
        return {
            "lens": self._answers.lens,
            "class": self._answers.class_map,
            "overlap": self._answers.overlap,
            "sprites": self._answers.sprites,
        }

    def kept_answers(self) -> Iterator[KeptAnswer]:
        """Answer ahead for all lenses, the likeliest classes, and the emoji of these.

        Raises
        ------
        RuntimeError
            When the view was closed.
        """
        classes = self._kept_classes()  # says that it is closed before a page is begun
        ways = [(lens, norm) for lens in self.lenses for norm in self.norms]
        opening = (self.opening["lens"], self.opening["norm"])
        return self._answers.kept(ways, opening, classes, list(self.mask))

    def still(self) -> Image.Image:
        """Draw the picture with what every patch says."""
        return lens_still(self.picture, self.model.grid, self._cells())

    def svg(self) -> str:
        """Draw what the still shows, with emoji and names as text."""
        return lens_svg(self.picture, self.model.grid, self._cells(), self.caption())

    def caption(self) -> str:
        """Say which model and lens is shown, at which layer, and what it answers."""
        place = f"after block L{self.layer}" if self.layer >= 0 else "of the embedding"
        best = int(self.output_classes[0])
        shown = (
            {"heat": f"heat of {self.named(self.target)}"} if self.target >= 0 else {}
        )
        return (
            f"EmojiLogitLens of {self.model_name}: {self.lens} lens {place}, "
            f"{self.norm} norm, {shown.get(self.mode, self.mode)}; the model says "
            f"{self.named(best)} ({float(self.output_probabilities[0]):.1%})"
        )

    @property
    def _live(self) -> LensSource:
        return cast("LensSource", self._source)

    def _chosen(self) -> list[int]:
        if not self.mask:
            raise ValueError(
                "no class is chosen: set mask to a list of classes, for example "
                f"lens.mask = [{int(self.output_classes[0])}]"
            )
        return self.mask

    def _read(self) -> LensReadings:
        return self._live.readings(self.lens, self.norm)

    def _cells(self) -> list[Cell]:
        return lens_cells(self, self.labels, self.results, self._versus_map())

    def _versus_map(self) -> NDArray[np.float32] | None:
        if self.mode != "heat" or self.target < 0 or self.versus < 0:
            return None
        return self._live.class_map(self.lens, self.norm, self.versus)["logits"]

    def _facts(self, lens: str, norm: str) -> dict[str, Any]:
        source, labels = self._live, self.labels
        kinds = dict(zip(labels.superclasses, labels.superclass_emoji, strict=True))
        places = {name: index for index, name in enumerate(kinds)}
        token_norms, artifacts = source.token_norms()
        output = source.output()
        return {
            **source.facts,
            **self.class_facts(),
            "class_superclasses": [places[name] for name in labels.superclasses],
            "superclasses": [
                {"name": name, "emoji": emoji} for name, emoji in kinds.items()
            ],
            "output_classes": output[0],
            "output_probabilities": output[1],
            "lenses": list(source.lenses),
            "norms": list(source.norms),
            "token_norms": token_norms,
            "artifacts": artifacts,
            "truth": self._truth.records(),
            "opening": {"lens": lens, "norm": norm, **source.encoded(lens, norm)},
        }

    def _page_state(self) -> dict[str, object]:
        return {**super()._page_state(), "readable_classes": self._kept_classes()}

    def _kept_classes(self) -> list[int]:
        # What was done can be undone in the page, too.
        states = [act[when] for act in self.history for when in ("before", "after")]
        done = [
            state.get(name, -1) for state in states for name in ("target", "versus")
        ]
        first = [
            self.target,
            self.versus,
            *done,
            *self.mask,
            *self.output_classes.tolist(),
        ]
        ways = len(self.lenses) * len(self.norms)
        return self._answers.kept_classes(first, self.lens, self.norm, ways)


def _truth_of(
    masks: Mapping[str, ArrayLike] | None, image: ImageSource, source: LensSource
) -> LensTruth:
    if masks is not None and not isinstance(masks, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(
            f"masks: a dictionary of names with a mask each is needed, not a "
            f"{type(masks).__name__}; for one object write masks={{'cat': mask}}"
        )
    if isinstance(image, SampleScene):
        given = image.masks if masks is None else masks
        width, height = image.image.size
    else:
        given = masks or {}
        width, height = read_image(image).size if given else (0, 0)
    return LensTruth(
        given, (height, width), source.prepared, source.model, source.labels
    )
