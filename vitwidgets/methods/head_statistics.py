"""The table of what was measured of each head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from vitwidgets.methods.statistic_columns import COLUMNS
from vitwidgets.models.addresses import Address

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    import pandas as pd
    from torch import Tensor

    from vitwidgets.models import PatchGrid


@dataclass(frozen=True, eq=False, repr=False)
class HeadStatistics:
    """What was measured of each head over some images.

    Attributes
    ----------
    model_name
        The model.
    grid
        Where its tokens lie in these images.
    n_images
        How many images were measured.
    skipped
        Those that could not be read, with the reasons.
    numbers
        float64, ``(layer, head)``, by the names of `COLUMNS` but the first three.
    norms
        float64, ``(layer,)``: of the stream after each block, over patches, the
        ``median`` norm, the ``highest`` norm as a multiple of it, and the share of
        ``outliers`` (norms above three times the median), all as means over images.
    """

    model_name: str
    grid: PatchGrid
    n_images: int
    skipped: tuple[str, ...]
    numbers: Mapping[str, Tensor]
    norms: Mapping[str, Tensor]

    def __repr__(self) -> str:
        n_layers, n_heads = next(iter(self.numbers.values())).shape
        skipped = f", {len(self.skipped)} more skipped" if self.skipped else ""
        return (
            f"HeadStatistics of {self.model_name}: {n_layers} x {n_heads} heads over "
            f"{self.n_images} images{skipped}; frame() gives a table"
        )

    def frame(self) -> pd.DataFrame:
        """Give one row a head; `COLUMNS` says what the columns mean."""
        import pandas as pd  # noqa: PLC0415 (half a second)

        layers, heads = self.numbers["entropy"].shape
        index = [(layer, head) for layer in range(layers) for head in range(heads)]
        columns: dict[str, Any] = {
            "layer": [layer for layer, _ in index],
            "head": [head for _, head in index],
            "address": [str(Address(layer, "z", head)) for layer, head in index],
        }
        for name in COLUMNS:
            if name in self.numbers:
                columns[name] = self.numbers[name].flatten().numpy()
        for name in ("offset_row", "offset_col"):
            columns[name] = columns[name].astype(np.int64)
        frame = pd.DataFrame(columns)
        frame.attrs = {
            "model": self.model_name,
            "rows": self.grid.rows,
            "cols": self.grid.cols,
            "prefix_names": list(self.grid.prefix_names),
            "n_images": self.n_images,
            "skipped": len(self.skipped),
        }
        return frame

    def norm_frame(self) -> pd.DataFrame:
        """Give one row a layer: `norms`, with the index of the block."""
        import pandas as pd  # noqa: PLC0415 (half a second)

        n_layers = len(next(iter(self.norms.values())))
        return pd.DataFrame(
            {
                "layer": torch.arange(n_layers).numpy(),
                **{name: value.numpy() for name, value in self.norms.items()},
            }
        )

    def to_parquet(self, path: str | os.PathLike[str]) -> None:
        """Write `frame` to a Parquet file, for `pandas.read_parquet`.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        self.frame().to_parquet(path, index=False)
