"""Interventions: edits of activations that are data, and proof of what they did.

What in hooks is code is here a record: which component, which tokens, and what goes
there. It can be saved, compared, replayed on other images and printed.

>>> swap = Intervention("L7.H3", tokens=("cls",), source="dog")
>>> _, dog = model.run_with_cache(dog_pixels)
>>> with model.with_interventions([swap], {"dog": dog}):
...     logits = model(cat_pixels)
"""

from vitwidgets.methods.intervening.binding import (
    BoundInterventions,
    bind,
)
from vitwidgets.methods.intervening.brush import tokens_of_mask
from vitwidgets.methods.intervening.errors import InterventionError
from vitwidgets.methods.intervening.file import from_json, to_json
from vitwidgets.methods.intervening.intervention import Intervention, Kind
from vitwidgets.methods.intervening.receipt import (
    EditReceipt,
    InterventionReceipt,
    receipt_of,
)
from vitwidgets.methods.intervening.site_means import SiteMeans, site_means
from vitwidgets.methods.intervening.sources import Source, Sources

__all__ = [
    "BoundInterventions",
    "EditReceipt",
    "Intervention",
    "InterventionError",
    "InterventionReceipt",
    "Kind",
    "SiteMeans",
    "Source",
    "Sources",
    "bind",
    "from_json",
    "receipt_of",
    "site_means",
    "to_json",
    "tokens_of_mask",
]
