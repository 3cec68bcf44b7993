"""What was measured of a lens: how far it is from the end, by layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class LensDivergence:
    """KL divergence of the final readout from a lens, by layer, in nats.

    Attributes
    ----------
    n_images
        Over how many images.
    plain
        Means over images (and tokens) for the plain lens: by kind of token, float64
        ``(layer,)``, the embedding first and the last block, where it is 0, last.
    tuned
        The same for the tuned lens; empty where there was none.
    """

    n_images: int
    plain: Mapping[str, Tensor]
    tuned: Mapping[str, Tensor]

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> LensDivergence:
        """Give what `fields` was made of."""
        plain, tuned = (
            {
                kind: torch.tensor(values, dtype=torch.float64)
                for kind, values in fields[name].items()
            }
            for name in ("plain", "tuned")
        )
        return cls(fields["n_images"], plain, tuned)

    def fields(self) -> dict[str, Any]:
        """Give what JSON can hold of it."""
        return {
            "n_images": self.n_images,
            "plain": {kind: each.numpy().tolist() for kind, each in self.plain.items()},
            "tuned": {kind: each.numpy().tolist() for kind, each in self.tuned.items()},
        }

    def columns(self) -> dict[str, Tensor]:
        """Give each kind of token's numbers, plain beside tuned, with a title."""
        found: dict[str, Tensor] = {}
        for kind, values in self.plain.items():
            found[f"{kind}, plain"] = values
            if self.tuned:
                found[f"{kind}, tuned"] = self.tuned[kind]
        return found

    def layer_names(self) -> list[str]:
        """Name the layers: ``embedding``, ``L0``, ``L1``, ..."""
        n_rows = len(next(iter(self.plain.values())))
        return ["embedding", *(f"L{layer}" for layer in range(n_rows - 1))]

    def frame(self) -> pd.DataFrame:
        """Give one row a layer, in nats."""
        import pandas as pd  # noqa: PLC0415 (half a second)

        numbers = {title: each.numpy() for title, each in self.columns().items()}
        index = pd.Index(self.layer_names(), name="layer")
        return pd.DataFrame(numbers, index=index)

    def __repr__(self) -> str:
        images = "1 image" if self.n_images == 1 else f"{self.n_images:,} images"
        columns = self.columns()
        lines = [
            f"KL(final readout || lens) in nats, mean over {images}",
            "           " + "".join(f"{title:>16}" for title in columns),
        ]
        for row, name in enumerate(self.layer_names()):
            numbers = "".join(f"{each[row]:>16.4f}" for each in columns.values())
            lines.append(f"{name:<11}{numbers}")
        return "\n".join(lines)
