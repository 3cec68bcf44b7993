"""How open_clip's image towers make their embedding of single tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from torch import nn

from vitwidgets.models.pieces.classifier_unembedding import ClassifierUnembedding
from vitwidgets.models.pieces.norms import known_norm
from vitwidgets.models.pieces.unembedding import LinearMap
from vitwidgets.models.pieces.word_unembedding import EmbeddedTokens

if TYPE_CHECKING:
    from vitwidgets.models.pieces.parts import Layout
    from vitwidgets.models.pieces.unembedding import TokenFeatures
    from vitwidgets.models.pieces.word_unembedding import Projection

_POOLED = {"tok": slice(1), "avg": slice(1, None)}


def image_features(module: nn.Module) -> EmbeddedTokens | str:
    """Say it of an `open_clip.transformer.VisionTransformer`, or why it is not so."""
    model = cast("Any", module)
    if model.attn_pool is not None:
        return (
            "it pools by attention of its own, so that a token alone has no embedding"
        )
    pooled = _POOLED.get(str(model.pool_type))
    if pooled is None:
        return "it does not pool its tokens"

    def projection() -> LinearMap | None:
        return None if model.proj is None else LinearMap(model.proj.T, None)

    norm = cast("nn.Module", model.ln_post)
    # The mean of one token is the token itself.
    after_pooling = bool(model.final_ln_after_pool) and pooled.stop is None
    return EmbeddedTokens(
        None if type(norm) is nn.Identity else known_norm(norm),
        after_pooling,
        pooled,
        projection,
    )


def trunk_features(module: nn.Module, trunk: Layout) -> EmbeddedTokens | str:
    """Say it of an `open_clip.timm_model.TimmModel`.

    Parameters
    ----------
    module
        The tower.
    trunk
        Its trunk taken apart.
    """
    features = trunk.features
    if isinstance(features, str):
        return features
    parts = dict(cast("Any", module).head.named_children())
    last = parts.pop("proj", None)
    if any(type(part) is not nn.Dropout for part in parts.values()):
        return "its head is more than one linear layer"
    found = trunk.unembedding
    if isinstance(found, ClassifierUnembedding):
        if last is not None or len(found.heads) != 1:
            return "its head is more than one linear layer"
        (last,) = found.heads
    elif trunk.config.n_classes:
        return str(found)
    if last is not None and type(last) is not nn.Linear:
        return f"its head is a {type(last).__name__}, not one linear layer"
    return with_projection(features, last)


def with_projection(features: TokenFeatures, last: nn.Linear | None) -> EmbeddedTokens:
    """Give features with a linear layer behind them; None for no layer."""

    def projection() -> LinearMap | None:
        return None if last is None else LinearMap(last.weight, last.bias)

    made: Projection = projection
    return EmbeddedTokens(features.norm, features.after_pooling, features.pooled, made)
