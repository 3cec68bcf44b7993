"""A zero-shot classifier, matched to the layout of the tower inside."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, cast

from vitwidgets.models.class_path import class_path
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.families.module_checks import part_at, require_own_code
from vitwidgets.models.families.open_clip_features import with_projection
from vitwidgets.models.interception.tap import Tap, passing
from vitwidgets.models.pieces.word_unembedding import (
    EmbeddedTokens,
    WordTable,
    WordUnembedding,
    other_width,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from torch import Tensor, nn

    from vitwidgets.models.interception.tap import CallTap, Visitor
    from vitwidgets.models.pieces.parts import Layout

ZERO_SHOT_TITLE = "words as the classes of an image tower"
EMBEDDING = "hook_image_embed"
"""Site of the tower's own output."""

_LOGITS = "hook_logits"


def resolve_zero_shot(
    module: nn.Module, resolve_tower: Callable[[object], Layout]
) -> Layout:
    """Take a `ZeroShotClassifier` apart: its tower, and words behind it.

    Parameters
    ----------
    module
        The classifier.
    resolve_tower
        What takes its tower apart.

    Raises
    ------
    UnsupportedModelError
        If what the tower gives is no embedding.
    """
    require_own_code(module, "the model")
    tower = part_at(module, "tower", ZERO_SHOT_TITLE, "the model")
    inner = resolve_tower(tower)
    through = cast("nn.Linear | None", cast("Any", module).through)
    if through is None:
        if inner.config.n_classes or inner.config.n_words:
            raise UnsupportedModelError(
                f"words are read from the embedding of an image, and what this "
                f"{class_path(tower)} gives is none: {_REMEDY}"
            )
        if not inner.config.pool:
            raise UnsupportedModelError(
                "words are read from one embedding of an image, and this tower does "
                "not pool its tokens: take one that does"
            )
        layout = _behind_output(inner)
        features = inner.features
    else:
        layout = _behind_features(inner, tower, through)
        features = inner.features
        if not isinstance(features, str):
            features = with_projection(features, through)
    shape = cast("Tensor", cast("Any", module).embeddings).shape
    if isinstance(features, EmbeddedTokens):
        _require_width(features, inner.config.d_model, int(shape[1]))
    config = dataclasses.replace(
        inner.config,
        model_class=f"{class_path(module)} of {inner.config.model_class}",
        n_classes=int(shape[0]),
        n_params=sum(parameter.numel() for parameter in module.parameters()),
    )
    end = Tap(module, False, passing(_LOGITS), (_LOGITS,))
    return dataclasses.replace(
        layout,
        module=module,
        title=ZERO_SHOT_TITLE,
        config=config,
        taps=(*layout.taps, end),
        sites={**layout.sites, EMBEDDING: None, _LOGITS: None},
        unembedding=_unembedding(module, features),
        features=features,
    )


_REMEDY = (
    "take an image tower of open_clip, as vitwidgets.load_model('emoji-clip') and "
    "'open_clip:ARCHITECTURE/TAG' give, or read the model through a word map "
    "(vitwidgets.methods.fit_word_map)"
)


def _require_width(features: EmbeddedTokens, d_model: int, width: int) -> None:
    found = features.projection()
    own = d_model if found is None else int(found.weight.shape[0])
    if own != width:
        raise other_width(width, own)


def _unembedding(module: nn.Module, features: object) -> WordUnembedding | str:
    if isinstance(features, EmbeddedTokens):
        return WordUnembedding(
            features.norm,
            features.after_pooling,
            features.pooled,
            features.projection,
            _words(module),
        )
    return str(features) if isinstance(features, str) else _NO_EMBEDDING


_NO_EMBEDDING = "how its output follows from single tokens is not known"


def _words(module: nn.Module) -> Callable[[], WordTable]:
    model = cast("Any", module)
    return lambda: WordTable(model.embeddings, model.logit_scale, model.logit_bias)


def _behind_output(inner: Layout) -> Layout:
    """Give the tower's layout, with its output by another name."""
    taps = tuple(_renamed(tap) for tap in inner.taps)
    return dataclasses.replace(inner, taps=taps, sites=_without(inner.sites, _LOGITS))


def _behind_features(inner: Layout, tower: nn.Module, through: nn.Linear) -> Layout:
    """Give the tower's layout up to its pooled features; its classifier is not run."""
    unused = {id(tower)}
    unused |= {id(getattr(tower, name, None)) for name in ("head", "head_dist")}
    taps = tuple(tap for tap in inner.taps if id(tap.module) not in unused)
    left = {site for tap in taps for site in tap.sites}
    reason = "words are read in place of the classes that it belongs to"
    gone = {site: reason for site in inner.sites if site not in left | {_LOGITS}}
    end = Tap(through, False, passing(EMBEDDING), (EMBEDDING,))
    return dataclasses.replace(
        inner,
        taps=(*taps, end),
        sites=_without(inner.sites, _LOGITS, *gone),
        missing={**inner.missing, **gone},
        recipes={name: each for name, each in inner.recipes.items() if name in left},
    )


def _without(sites: Mapping[str, None], *names: str) -> dict[str, None]:
    return {site: None for site in sites if site not in names}


def _renamed(tap: Tap | CallTap) -> Tap | CallTap:
    """Give a tap at which the output of the tower is called its embedding."""
    if not isinstance(tap, Tap) or _LOGITS not in (*tap.sites, *tap.helps):
        return tap
    handler = tap.handler

    def renaming(run: Visitor, value: Tensor, x: Tensor) -> Tensor:
        return handler(_Renaming(run), value, x)

    return dataclasses.replace(
        tap,
        handler=renaming,
        sites=tuple(map(_name, tap.sites)),
        helps=tuple(map(_name, tap.helps)),
    )


def _name(site: str) -> str:
    return EMBEDDING if site == _LOGITS else site


class _Renaming:
    """A run to which the output of the tower is its embedding."""

    def __init__(self, run: Visitor) -> None:
        self._run = run
        self.scratch: dict[Hashable, Tensor | None] = run.scratch

    def visit(self, site: str, value: Tensor) -> Tensor:
        return self._run.visit(_name(site), value)

    def edits(self, *names: str) -> bool:
        return self._run.edits(*map(_name, names))

    def wants(self, *names: str) -> bool:
        return self._run.wants(*map(_name, names))
