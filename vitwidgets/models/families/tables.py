"""How timm's module families are laid out: data only, no code paths.

A class is named by its module path, so that nothing has to be imported to compare.
Membership is by exact class: a structure that merely looks alike (XCiT's does) would be
named wrongly without any error.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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


MLPS: Mapping[str, MlpLayout] = {
    "timm.layers.mlp.Mlp": MlpLayout("act", "fc2", "norm", gated=False),
    "timm.layers.mlp.GluMlp": MlpLayout("act", "fc2", "norm", gated=True),
    "timm.layers.mlp.SwiGLU": MlpLayout("act", "fc2", "norm", gated=True),
    "timm.models.vitamin.GeGluMlp": MlpLayout("act", "w2", None, gated=True),
    "timm.models.gemma4_vit.Gemma4GatedMlp": MlpLayout(
        "act", "down_proj", None, gated=True
    ),
}


@dataclass(frozen=True)
class AttentionLayout:
    """Where the parts of an attention class are.

    Attributes
    ----------
    packed
        Whether q, k and v always are the output of `qkv`, and the operands of the dot
        product those of the norms: then no call has to be caught.
    norms
        Paths of the norms of q and k; empty where there are none.
    inner_norm
        Path of the norm of the mix.
    rotated
        Whether q and k are rotated by position after their norms.
    bias
        Name of what makes a bias of the scores, where it is not None.
    split_bias
        Name of a bias that, where it is not None, is added to the output of `qkv` or
        used with its weight by a function, so that its output is not q, k and v.
    differential
        Whether the difference of two patterns mixes the values; nothing else is said of
        such a class here.
    """

    packed: bool = False
    norms: tuple[str, ...] = ("q_norm", "k_norm")
    inner_norm: str | None = "norm"
    rotated: bool = False
    bias: str | None = None
    split_bias: str | None = None
    differential: bool = False


ATTENTIONS: Mapping[str, AttentionLayout] = {
    "timm.layers.attention.Attention": AttentionLayout(packed=True),
    "timm.layers.attention.AttentionRope": AttentionLayout(rotated=True),
    "timm.layers.diff_attention.DiffAttention": AttentionLayout(differential=True),
    "timm.models.eva.EvaAttention": AttentionLayout(rotated=True, split_bias="q_bias"),
    "timm.models.beit.Attention": AttentionLayout(
        norms=(),
        inner_norm=None,
        bias="relative_position_bias_table",
        split_bias="q_bias",
    ),
    "timm.models.vision_transformer_relpos.RelPosAttention": AttentionLayout(
        inner_norm=None, bias="rel_pos"
    ),
}


@dataclass(frozen=True)
class Family:
    """One family: its classes, and the paths of what is tapped outside its blocks.

    Attributes
    ----------
    title
        What it is called in messages.
    model_class
        Its class.
    pairs
        Its classes of blocks with those of their attention.
    post_norm
        Those of its classes of blocks whose norms come after attention and MLP.
    full_embed
        Path of the module that takes the sum of tokens and positions; None where that
        is the first block.
    ln_pre
        Path of the norm before the first block.
    pooled
        Sites of pooled features, with the paths of the modules that take them.
    pooled_norm
        Path of the norm on pooled features.
    prefix_tokens
        Names of the parameters that hold prefix tokens, in order.
    shared_bias
        Name of what makes a bias of the scores that all blocks share.
    """

    title: str
    model_class: str
    pairs: frozenset[tuple[str, str]]
    post_norm: frozenset[str] = frozenset()
    full_embed: str | None = "pos_drop"
    ln_pre: str | None = None
    pooled: Mapping[str, str] = field(
        default_factory=lambda: {"hook_pooled": "fc_norm"}
    )
    pooled_norm: str | None = "fc_norm"
    prefix_tokens: tuple[str, ...] = ("cls_token", "reg_token")
    shared_bias: str | None = None


PATCH_EMBEDS = frozenset(
    {
        "timm.layers.patch_embed.PatchEmbed",
        "timm.layers.hybrid_embed.HybridEmbed",
    }
)

_PLAIN = "timm.layers.attention.Attention"
_ROPE = "timm.layers.attention.AttentionRope"
_DIFF = "timm.layers.diff_attention.DiffAttention"
_VIT = "timm.models.vision_transformer"
_EVA = "timm.models.eva"
_RELPOS = "timm.models.vision_transformer_relpos"

FAMILIES: tuple[Family, ...] = (
    Family(
        title="timm's VisionTransformer",
        model_class=f"{_VIT}.VisionTransformer",
        pairs=frozenset(
            {
                (f"{_VIT}.Block", _PLAIN),
                (f"{_VIT}.Block", _DIFF),
                (f"{_VIT}.ResPostBlock", _PLAIN),
                (f"{_VIT}.ResPostBlock", _DIFF),
                (f"{_VIT}.ParallelThingsBlock", _PLAIN),
                (f"{_VIT}.ParallelThingsBlock", _DIFF),
                # These two compute their attention themselves.
                (f"{_VIT}.ParallelScalingBlock", ""),
                (f"{_VIT}.DiffParallelScalingBlock", ""),
            }
        ),
        post_norm=frozenset({f"{_VIT}.ResPostBlock"}),
        full_embed="patch_drop",
        ln_pre="norm_pre",
    ),
    Family(
        title="timm's distilled DeiT",
        model_class="timm.models.deit.VisionTransformerDistilled",
        pairs=frozenset({(f"{_VIT}.Block", _PLAIN)}),
        full_embed="patch_drop",
        ln_pre="norm_pre",
        pooled={"hook_pooled": "head", "hook_pooled_dist": "head_dist"},
        pooled_norm=None,
        prefix_tokens=("cls_token", "dist_token"),
    ),
    Family(
        title="timm's EVA (EVA-02, PE, DINOv3, rotary ViTs)",
        model_class=f"{_EVA}.Eva",
        pairs=frozenset(
            {
                (f"{_EVA}.EvaBlock", f"{_EVA}.EvaAttention"),
                (f"{_EVA}.EvaBlock", _ROPE),
                (f"{_EVA}.EvaBlockPostNorm", f"{_EVA}.EvaAttention"),
            }
        ),
        post_norm=frozenset({f"{_EVA}.EvaBlockPostNorm"}),
        ln_pre="norm_pre",
    ),
    Family(
        title="timm's BEiT",
        model_class="timm.models.beit.Beit",
        pairs=frozenset({("timm.models.beit.Block", "timm.models.beit.Attention")}),
        prefix_tokens=("cls_token",),
        shared_bias="rel_pos_bias",
    ),
    Family(
        title="timm's ViT with relative positions",
        model_class=f"{_RELPOS}.VisionTransformerRelPos",
        pairs=frozenset(
            {
                (f"{_RELPOS}.RelPosBlock", f"{_RELPOS}.RelPosAttention"),
                (f"{_RELPOS}.ResPostRelPosBlock", f"{_RELPOS}.RelPosAttention"),
            }
        ),
        post_norm=frozenset({f"{_RELPOS}.ResPostRelPosBlock"}),
        full_embed=None,
        prefix_tokens=("cls_token",),
        shared_bias="shared_rel_pos",
    ),
)

NAFLEX = Family(
    title="timm's NaFlexVit, on images",
    model_class="timm.models.naflexvit.NaFlexVit",
    pairs=frozenset(
        {
            (f"{_VIT}.Block", _PLAIN),
            (f"{_VIT}.ParallelScalingBlock", ""),
            (f"{_EVA}.EvaBlock", f"{_EVA}.EvaAttention"),
            (f"{_EVA}.EvaBlock", _ROPE),
        }
    ),
    full_embed="embeds.pos_drop",
    ln_pre="norm_pre",
)
"""Its patches and prefix tokens are in a module of their own."""

CAIT = Family(
    title="timm's CaiT",
    model_class="timm.models.cait.Cait",
    pairs=frozenset(),
    pooled={"hook_pooled": "head_drop"},
    pooled_norm=None,
    prefix_tokens=(),
)
"""Its blocks are of two kinds, in two stacks."""


@dataclass(frozen=True)
class EncoderFamily:
    """A vision encoder of a language model, and the classifier that wraps it.

    Attributes
    ----------
    blocks
        Its title, the encoder's class, and the classes of its blocks.
    classifier
        Class of the wrapper.
    patch_embed
        Class of what makes patches of images.
    final_norm
        Path, in the encoder, of the norm after its blocks.
    """

    blocks: Family
    classifier: str
    patch_embed: str
    final_norm: str | None


_QWEN = "timm.models.qwen3_vit"
_DEEPSEEK = "timm.models.deepseek_vit"
_GEMMA = "timm.models.gemma4_vit"

QWEN = EncoderFamily(
    blocks=Family(
        title="timm's Qwen3-VL encoder",
        model_class=f"{_QWEN}.Qwen3VitEncoder",
        pairs=frozenset({(f"{_EVA}.EvaBlock", _ROPE)}),
        prefix_tokens=(),
    ),
    classifier=f"{_QWEN}.Qwen3VitClassifier",
    patch_embed="timm.layers.patch_embed.PatchEmbed",
    final_norm=None,
)
DEEPSEEK = EncoderFamily(
    blocks=Family(
        title="timm's DeepSeek encoder",
        model_class=f"{_DEEPSEEK}.DeepseekVitEncoder",
        pairs=frozenset({(f"{_DEEPSEEK}.DeepseekVitBlock", _ROPE)}),
        prefix_tokens=(),
    ),
    classifier=f"{_DEEPSEEK}.DeepseekVitClassifier",
    patch_embed="timm.layers.patch_embed.PatchEmbed",
    final_norm="norm",
)
GEMMA = EncoderFamily(
    blocks=Family(
        title="timm's Gemma 4 encoder",
        model_class=f"{_GEMMA}.Gemma4VitEncoder",
        pairs=frozenset({(f"{_GEMMA}.Gemma4Block", f"{_GEMMA}.Gemma4Attention")}),
        prefix_tokens=(),
    ),
    classifier=f"{_GEMMA}.Gemma4VitClassifier",
    patch_embed=f"{_GEMMA}.Gemma4PatchEmbed",
    final_norm=None,
)

SAM = Family(
    title="timm's SAM encoder",
    model_class="timm.models.vision_transformer_sam.VisionTransformerSAM",
    pairs=frozenset(
        {
            (
                "timm.models.vision_transformer_sam.Block",
                "timm.models.vision_transformer_sam.Attention",
            )
        }
    ),
    ln_pre="norm_pre",
    prefix_tokens=(),
)
"""Its blocks keep tokens by row and column, and attend in windows."""
