"""A module taken apart, with what is known of it besides its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vitwidgets.models.description import (
    architecture_name,
    fitting_labels,
    fitting_preprocessing,
    own_preprocessing,
)
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.families import layout
from vitwidgets.models.geometry import PatchGrid
from vitwidgets.models.interception.tap_table import TapTable
from vitwidgets.models.running.runs import Runs
from vitwidgets.models.words.text_side import TextSide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn

    from vitwidgets.images import Preprocessing
    from vitwidgets.models.caching.cache import ActivationCache
    from vitwidgets.models.config import ViTConfig
    from vitwidgets.models.pieces.unembedding import Unembedding
    from vitwidgets.models.words.text_side import TextSource


class AttachedModule:
    """A module taken apart. What it takes, has and raises is said in `HookedViT`."""

    def __init__(
        self,
        module: nn.Module,
        *,
        preprocessing: Preprocessing | None = None,
        class_names: Sequence[str] | None = None,
        class_emoji: Sequence[str] | None = None,
        name: str | None = None,
        text: TextSource = None,
    ) -> None:
        self._layout = layout.resolve(module)
        self.module: nn.Module = self._layout.module
        self.config: ViTConfig = self._layout.config
        self.grid = PatchGrid(
            *self.config.grid, self.config.patch_size, self.config.prefix_names
        )
        self.preprocessing = (
            own_preprocessing(self.module, self.config)
            if preprocessing is None
            else fitting_preprocessing(preprocessing, self.config)
        )
        self.class_names = fitting_labels("class_names", class_names, self.config)
        self.class_emoji = fitting_labels("class_emoji", class_emoji, self.config)
        self.name: str = name or architecture_name(self.module)
        self._taps = TapTable(self._layout.taps)
        self._runs = Runs(self._layout, self._taps, self.name, self.preprocessing)
        self._runs.require_eval()
        self._text_side = text if isinstance(text, TextSide) else TextSide(text)

    @property
    def sites(self) -> tuple[str, ...]:
        """Names of all activations that can be read and replaced, in forward order."""
        return tuple(self._layout.sites)

    @property
    def unembedding(self) -> Unembedding:
        """The model's own final norm and classifier, to apply to single tokens.

        Raises
        ------
        UnsupportedModelError
            If the model has no classifier, or single tokens have no logits in it.
        """
        found = self._layout.unembedding
        if isinstance(found, str):
            raise UnsupportedModelError(
                f"single tokens of {self.name} cannot be read as classes: {found}"
            )
        return found

    def require_own(self, cache: ActivationCache) -> None:
        """Raise ValueError unless a cache is a run of this very model.

        That is needed where logits of the run are read: models of other words over one
        tower have runs whose streams are the same.
        """
        if cache.source.sites is not self._layout.sites:
            raise ValueError(
                f"the cache is another model's ({cache.source.name}): make one with "
                f"run_with_cache of this very HookedViT"
            )

    def _given(self) -> dict[str, Any]:
        """Give what it was made with besides the module."""
        return {
            "preprocessing": self.preprocessing,
            "class_names": self.class_names,
            "class_emoji": self.class_emoji,
            "name": self.name,
            "text": self._text_side.source,
        }

    def __repr__(self) -> str:
        config = self.config
        outputs = f"{config.n_classes} classes" if config.n_classes else "no classifier"
        return (
            f"HookedViT {self.name!r}: {config.n_layers} blocks x {config.n_heads} "
            f"heads, d_model {config.d_model}, {config.takes}, "
            f"{config.pool or 'no'} pooling, {outputs}, "
            f"{config.n_params / 1e6:.1f} M parameters, {len(self._layout.sites)} sites"
        )
