"""How models read logits out of single tokens, or why they cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from torch import nn

from vitwidgets.models.pieces.classifier_unembedding import ClassifierUnembedding
from vitwidgets.models.pieces.norms import known_norm
from vitwidgets.models.pieces.unembedding import TokenFeatures

if TYPE_CHECKING:
    from vitwidgets.models.config import ViTConfig
    from vitwidgets.models.pieces.readout import Readout
    from vitwidgets.models.pieces.unembedding import Unembedding

NO_CLASSIFIER = (
    "it has no classifier: its output is an embedding or features. Load weights that "
    "come with one (of the same architecture, often a tag that ends in in1k), or give "
    "the module a trained one (reset_classifier(n_classes) makes its place) and hook "
    "it anew. Attention, patterns and norms can be looked at without one"
)
CLASS_ATTENTION_LATER = (
    "its class token joins after these blocks, in blocks of class attention, and the "
    "classifier reads no patch"
)
NECK_BETWEEN = "a neck of convolutions comes between its blocks and the output"
MERGED_FIRST = "its encoder merges or aligns patches before anything else reads them"
_POOLING = {
    "map": "pools by attention of its own (MAP), so that a token alone has no logits",
    "avgmax": "pools by the maximum and the mean, so that a token alone has no logits",
    "max": "pools by the maximum, so that a token alone has no logits",
    "prr": "pools by patch representation refinement, so that a token alone has no "
    "logits",
    "": "does not pool its tokens",
}


def timm_features(
    module: nn.Module, readout: Readout, config: ViTConfig
) -> TokenFeatures | str:
    """Say how what the model pools follows from its tokens, or why it does not."""
    if config.pool not in ("token", "avg"):
        return f"it {_POOLING.get(config.pool, f'pools by {config.pool!r}')}"
    norms = (readout.final_norm, readout.pooled_norm)
    used = [norm for norm in norms if type(norm) is not nn.Identity]
    if len(used) > 1:
        return "it has a norm before pooling and another one after it"
    with_prefix = bool(getattr(module, "pool_include_prefix", False))
    first = 0 if with_prefix else config.n_prefix_tokens
    class_tokens = slice(2 if hasattr(module, "head_dist") else 1)
    return TokenFeatures(
        norm=known_norm(used[0]) if used else None,
        after_pooling=config.pool == "avg" and readout.pooled_norm in used,
        pooled=class_tokens if config.pool == "token" else slice(first, None),
    )


def timm_unembedding(
    module: nn.Module, features: TokenFeatures | str, config: ViTConfig
) -> Unembedding | str:
    """Give the model's unembedding, or the reason why it has none.

    Parameters
    ----------
    module, config
        The model and its sizes.
    features
        What `timm_features` says of it.
    """
    if not config.n_classes:
        return NO_CLASSIFIER
    if isinstance(features, str):
        return features
    model = cast("Any", module)
    heads = tuple(
        getattr(model, name) for name in ("head", "head_dist") if hasattr(model, name)
    )
    if any(type(head) is not nn.Linear for head in heads):
        return f"its classifier is a {type(model.head).__name__}, not one linear layer"
    return ClassifierUnembedding(
        features.norm, features.after_pooling, features.pooled, heads
    )
