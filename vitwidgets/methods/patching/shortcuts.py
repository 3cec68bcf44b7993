"""What a patched run need not compute, as nobody reads it.

Of the block whose value is replaced: what only that value is made from. Of the last
block, where the class token alone is read at the end: the other tokens' rows of what
comes after attention. The model's own modules compute all that is computed; those in
question are called on fewer rows, or passed by.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

import torch

from vitwidgets.models.class_path import class_path
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.families import layout
from vitwidgets.models.interception.detours import put_up, take_down
from vitwidgets.models.interception.session import live_session

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from torch import Tensor, nn

    from vitwidgets.methods.patching.units import Over
    from vitwidgets.models import HookedViT
    from vitwidgets.models.interception.detours import Shortcut

_MADE_ONLY_FOR: dict[Over, tuple[str, ...]] = {
    "heads": ("attn.qkv",),
    "z": ("attn.qkv",),
    "attn_out": ("attn",),
    "resid_mid": ("attn",),
    "mlp_out": ("mlp",),
    "resid_post": ("attn", "mlp"),
}
"""Parts of a block that have no effect once such a value is replaced."""

_OF_EACH_TOKEN = ("attn.proj", "mlp")
"""Parts that take each token alone."""

_MODEL = "timm.models.vision_transformer.VisionTransformer"
_BLOCK = "timm.models.vision_transformer.Block"
_ATTENTION = "timm.layers.attention.Attention"
_MLPS = tuple(f"timm.layers.mlp.{name}" for name in ("Mlp", "GluMlp", "SwiGLU"))
"""By their names: timm takes a second to import where no model came from it."""


class Shortcuts:
    """Leaves out what has no effect, where that is known for sure.

    That is so for timm's own vision transformer, of exactly its classes, while no hooks
    but the sweep's and no autocast are in force. Elsewhere it leaves out nothing.

    Parameters
    ----------
    model
        The model.
    """

    def __init__(self, model: HookedViT) -> None:
        parts = layout.resolve(model.module)
        self._module = parts.module
        self._blocks: list[Any] = [part.module for part in parts.blocks]
        self._known = class_path(parts.module) == _MODEL and all(
            class_path(block) == _BLOCK
            and class_path(block.attn) == _ATTENTION
            and class_path(block.mlp) in _MLPS
            for block in self._blocks
        )
        self._one_row = self._known and _reads_first_token_alone(model)

    @contextlib.contextmanager
    def around(self, over: Over, layer: int, device: torch.device) -> Generator[None]:
        """Leave out what has no effect on runs of this thread with a value replaced.

        Parameters
        ----------
        over, layer
            What is replaced in which block.
        device
            Where the model is.
        """
        driver = _Driver()
        detours = self._detours(over, layer, device)
        try:
            for part, shortcut in detours:
                put_up(part, driver, shortcut)
            yield
        finally:
            for part, _ in detours:
                take_down(part, driver)

    def _detours(
        self, over: Over, layer: int, device: torch.device
    ) -> list[tuple[nn.Module, Shortcut]]:
        if (
            not self._known
            or live_session(self._module) is not None
            or torch.is_autocast_enabled(device.type)
        ):
            return []
        last = len(self._blocks) - 1
        found: dict[tuple[int, str], Callable[[nn.Module], Shortcut]] = {}
        # Whoever replaces all neurons of the last block needs all rows of it.
        if self._one_row and (over, layer) != ("neurons", last):
            found.update({(last, name): _first_row for name in _OF_EACH_TOKEN})
        found.update({(layer, name): _zeros for name in _MADE_ONLY_FOR.get(over, ())})
        modules = [self._blocks[at].get_submodule(name) for at, name in found]
        return [
            (module, shortcut(module))
            for module, shortcut in zip(modules, found.values(), strict=True)
        ]


class _Driver:
    """Whom detours serve: the thread that made it."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()

    def acts(self) -> bool:
        return threading.get_ident() == self._thread


def _reads_first_token_alone(model: HookedViT) -> bool:
    try:
        pooled = model.unembedding.pooled_tokens(model.config.n_tokens)
    except UnsupportedModelError:
        return False
    return model.config.pool == "token" and pooled == range(1)


def _first_row(part: nn.Module) -> Shortcut:
    own: Any = type(part).forward

    def shortcut(tokens: Tensor) -> Tensor:
        row: Tensor = own(part, tokens[:, :1])
        whole = row.new_zeros((*tokens.shape[:-1], row.shape[-1]))
        whole[:, :1] = row
        return whole

    return shortcut


def _zeros(part: nn.Module) -> Shortcut:
    width: int | None = getattr(part, "out_features", None)

    def shortcut(tokens: Tensor, *_: object, **__: object) -> Tensor:
        size = tokens.shape[-1] if width is None else width
        return tokens.new_zeros((*tokens.shape[:-1], size))

    return shortcut
