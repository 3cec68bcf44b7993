"""How each supported module family is laid out: data only, no code paths.

A class is named by its module path, so that nothing has to be imported to compare.
Membership is by exact class: a structure that merely looks alike (XCiT's does) would be
named wrongly without any error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class MlpLayout:
    """Where the neurons of an MLP class are.

    Attributes
    ----------
    activation
        Path of the activation function's module; its input is `mlp.hook_pre`.
    down
        Path of the projection back to the stream; its input is `mlp.hook_post`.
    inner_norm
        Path of the norm between the two.
    gated
        Whether a second branch multiplies the activation, so that `hook_post` does not
        follow from `hook_pre`.
    """

    activation: str
    down: str
    inner_norm: str | None
    gated: bool


@dataclass(frozen=True)
class Family:
    """One family: its exact classes, and the paths of the parts that are tapped.

    Paths of a block's parts are relative to the block, the others to the model.
    """

    title: str
    model_class: str
    block_class: str
    attention_class: str
    mlp_classes: Mapping[str, MlpLayout]
    patch_embed_classes: frozenset[str]
    blocks: str
    block_paths: Mapping[str, str]
    model_paths: Mapping[str, str]


@dataclass(frozen=True)
class NormLayout:
    """What a norm class computes: whether it subtracts the mean, and its precision."""

    centred: bool
    in_float32: bool


NORMS: Mapping[str, NormLayout] = {
    "torch.nn.modules.normalization.LayerNorm": NormLayout(True, False),
    "timm.layers.norm.LayerNorm": NormLayout(True, False),
    "timm.layers.norm.LayerNormFp32": NormLayout(True, True),
    "torch.nn.modules.normalization.RMSNorm": NormLayout(False, False),
    "timm.layers.norm.RmsNorm": NormLayout(False, False),
    "timm.layers.norm.RmsNormFp32": NormLayout(False, True),
}

TIMM_VIT = Family(
    title="timm's VisionTransformer with Block and Attention",
    model_class="timm.models.vision_transformer.VisionTransformer",
    block_class="timm.models.vision_transformer.Block",
    attention_class="timm.layers.attention.Attention",
    mlp_classes={
        "timm.layers.mlp.Mlp": MlpLayout("act", "fc2", "norm", gated=False),
        "timm.layers.mlp.GluMlp": MlpLayout("act", "fc2", "norm", gated=True),
        "timm.layers.mlp.SwiGLU": MlpLayout("act", "fc2", "norm", gated=True),
        "timm.models.vitamin.GeGluMlp": MlpLayout("act", "w2", None, gated=True),
    },
    patch_embed_classes=frozenset(
        {
            "timm.layers.patch_embed.PatchEmbed",
            "timm.layers.hybrid_embed.HybridEmbed",
        }
    ),
    blocks="blocks",
    block_paths={
        "ln1": "norm1",
        "attention": "attn",
        "qkv": "attn.qkv",
        "q_norm": "attn.q_norm",
        "k_norm": "attn.k_norm",
        "inner_norm": "attn.norm",
        "projection": "attn.proj",
        "attention_addend": "drop_path1",
        "ln2": "norm2",
        "mlp": "mlp",
        "mlp_addend": "drop_path2",
    },
    model_paths={
        "patch_embed": "patch_embed",
        "full_embed": "patch_drop",
        "ln_pre": "norm_pre",
        "final_norm": "norm",
        "pooled_norm": "fc_norm",
        "head": "head",
    },
)

FAMILIES: tuple[Family, ...] = (TIMM_VIT,)

WHY_NOT: Mapping[str, str] = {
    "Xcit": "its attention is over channels and each block adds to the stream thrice",
    "SwinTransformer": "it attends in windows and has no stream of one width",
    "SwinTransformerV2": "it attends in windows and has no stream of one width",
    "Hiera": "its blocks pool tokens, so there is no stream of one length",
    "HieraDet": "its blocks pool tokens, so there is no stream of one length",
    "VisionTransformerDistilled": "its two heads are not laid out yet",
    "Eva": "its blocks (rotary embedding, split biases) are not laid out yet",
    "Beit": "its blocks (relative position biases) are not laid out yet",
    "Cait": "its heads are mixed before and after the softmax",
    "ResNet": "it is a convolutional network without attention",
    "ConvNeXt": "it is a convolutional network without attention",
    "CLIP": "open_clip's own towers are not laid out yet",
    "CustomTextCLIP": "open_clip's own towers are not laid out yet",
    "DataParallel": "it spreads calls over threads: pass its .module",
    "DistributedDataParallel": "it wraps the model: pass its .module",
    "DiffAttention": "it subtracts two patterns, which need names of their own",
    "ParallelScalingBlock": "attention and MLP are one addend: no resid_mid exists",
    "ParallelThingsBlock": "each block holds several attentions and MLPs",
    "ResPostBlock": "its norms come after attention and MLP",
}
"""Reasons by class name, for the error about a module that is refused."""
