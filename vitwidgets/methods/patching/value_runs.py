"""The logits of a run with the value of one site replaced, several values at a time."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.patching.shortcuts import Shortcuts
from vitwidgets.models.errors import StaleCacheError
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from torch import Tensor

    from vitwidgets.methods.patching.units import Over
    from vitwidgets.models import ActivationCache, HookedViT, HookPoint


class ValueRuns:
    """Goes on with a run from the block on in which a site's value is replaced.

    Parameters
    ----------
    model
        The model.
    run
        Of one image, without hooks; it has kept the inputs of the blocks.
    whole
        Whether all of each block is run, as a full run would. Else what nobody reads
        may be left out, which can move the last bits of what is read.
    """

    def __init__(self, model: HookedViT, run: ActivationCache, *, whole: bool) -> None:
        self._model = model
        self._run = run
        self._shortcuts = None if whole else Shortcuts(model)
        self.device = next(model.module.parameters()).device

    @torch.no_grad()
    def logits(self, over: Over, layer: int, site: str, values: Tensor) -> Tensor:
        """Give ``(variant, class)``: each row with another value in place.

        Parameters
        ----------
        over, layer
            What is replaced in which block.
        site
            Its site.
        values
            ``(variant, token, ...)``: the whole site's, which run together.

        Raises
        ------
        StaleCacheError
            If the model's weights were changed after the run.
        """
        if not self._run.source.weights.is_current():
            raise StaleCacheError(
                "the model's weights were changed or moved after the run that parts "
                "are replaced in: run the image again"
            )
        start = in_block(layer, "hook_resid_pre")
        stream = self._run[start].to(self.device)
        at_start = site == start

        def hook(value: Tensor, point: HookPoint) -> Tensor:
            del value
            return values[point.variants]

        with self._less_than_all(over, layer):
            return self._model.resume(
                self._run,
                layer,
                residual=values
                if at_start
                else stream.expand(len(values), *stream.shape[1:]),
                fwd_hooks=[] if at_start else [(site, hook)],
                batch_size=len(values),
            )

    def _less_than_all(self, over: Over, layer: int) -> AbstractContextManager[None]:
        if self._shortcuts is None:
            return contextlib.nullcontext()
        return self._shortcuts.around(over, layer, self.device)
