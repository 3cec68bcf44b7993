"""What every lens does: tokens read at every layer, shown, asked for and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vitwidgets.widgets.lens.answers import LensAnswers
from vitwidgets.widgets.lens.cells import lens_cells
from vitwidgets.widgets.lens.state import LensState
from vitwidgets.widgets.lens.still import lens_still, lens_svg

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray
    from PIL import Image

    from vitwidgets.methods.lens_readings import LensReadings
    from vitwidgets.widgets.exported_page import KeptAnswer
    from vitwidgets.widgets.history import Act
    from vitwidgets.widgets.lens.cells import Cell
    from vitwidgets.widgets.lens.source import LensSource
    from vitwidgets.widgets.lens.truth import LensTruth
    from vitwidgets.wire import Answer


class TokenLens(LensState):
    """Base of the lenses: what every token of an image says at every layer.

    Parameters
    ----------
    source, truth
        What is shown.
    facts
        Values of further traits that Python alone writes.
    state
        Initial values of the traits that the page may write too.
    """

    slow_requests = frozenset({"lens", "class", "overlap"})

    def __init__(
        self,
        source: LensSource,
        truth: LensTruth,
        facts: Mapping[str, Any],
        state: dict[str, Any],
    ) -> None:
        self._show(source, truth)
        config, grid = source.model.config, source.model.grid
        self._sizes = {"layer": config.n_layers, "token": grid.n_tokens}
        self._unavailable = source.unavailable
        state = {
            "layer": config.n_layers - 1,
            "token": grid.token(grid.rows // 2, grid.cols // 2),
            **self.with_indices(state),
        }
        lens, norm = state.get("lens", "plain"), state.get("norm", "own")
        for name in (lens, norm):
            if name in self._unavailable:
                raise ValueError(self._unavailable[name])
        token_norms, artifacts = source.run.token_norms()
        run_facts = {
            **source.run.facts,
            "lenses": list(source.lenses),
            "norms": list(source.norms),
            "token_norms": token_norms,
            "artifacts": artifacts,
        }
        class_facts = self.class_facts() | self._readings_facts(lens, norm)
        super().__init__({**run_facts, **class_facts, **facts}, state)

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
        shown = (
            {"heat": f"heat of {self.named(self.target)}"} if self.target >= 0 else {}
        )
        return (
            f"{type(self).__name__} of {self.model_name}: {self.lens} lens {place}, "
            f"{self.norm} norm, {shown.get(self.mode, self.mode)}; {self._verdict()}"
        )

    def _verdict(self) -> str:
        best = int(self.output_classes[0])
        probability = float(self.output_probabilities[0])
        return f"the model says {self.named(best)} ({probability:.1%})"

    def _show(self, source: LensSource, truth: LensTruth) -> None:
        self._source = self._live = source
        self._truth = truth
        self._answers = LensAnswers(source, truth)
        self.labels = source.labels

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

    def _readings_facts(self, lens: str, norm: str) -> dict[str, Any]:
        classes, probabilities = self._live.output()
        return {
            "output_classes": classes,
            "output_probabilities": probabilities,
            "truth": self._truth.records(),
            "opening": {"lens": lens, "norm": norm, **self._live.encoded(lens, norm)},
        }

    def _page_state(self) -> dict[str, object]:
        acts, undone = self._kept_acts()
        return {
            **super()._page_state(),
            "readable_classes": self._kept_classes(),
            "history": acts,
            "undone": undone,
        }

    def _kept_acts(self) -> tuple[list[Act], int]:
        """Return what can be undone in a saved page, too, and how much is undone."""
        return self.history, self.undone

    def _kept_classes(self) -> list[int]:
        states = [
            act[when] for act in self._kept_acts()[0] for when in ("before", "after")
        ]
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
