"""Tuned lenses in safetensors files, with a record of what they were fitted to."""

from __future__ import annotations

from vitwidgets.models.caching.sealed_files import SealedFiles


class LensMismatchError(ValueError):
    """A tuned lens that is of another model, norm or classifier."""


class DamagedLensError(ValueError):
    """A file that is no tuned lens, or is not as it was written."""


LENS_FILES = SealedFiles(
    key="vitwidgets_tuned_lens",
    kind="a tuned lens",
    writer="TunedLens.save",
    again="get it again, or fit the translators again",
    damaged=DamagedLensError,
)
