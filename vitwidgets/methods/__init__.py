"""Methods: functions of a hooked model, images and tensors, without any widget."""

# At once rather than when first used: several functions are called as their modules
# are, and a module that is imported first would take the function's place.
from vitwidgets.methods.activation_patching import (
    activation_patching as activation_patching,
)
from vitwidgets.methods.activation_patching import patching_sites as patching_sites
from vitwidgets.methods.attention_rollout import attention_rollout as attention_rollout
from vitwidgets.methods.attention_rollout import (
    attention_rollouts as attention_rollouts,
)
from vitwidgets.methods.attention_statistics import (
    attention_statistics as attention_statistics,
)
from vitwidgets.methods.attribution_patching import (
    attribution_patching as attribution_patching,
)
from vitwidgets.methods.attribution_patching import rank_correlation as rank_correlation
from vitwidgets.methods.component_agreement import (
    ComponentAgreement as ComponentAgreement,
)
from vitwidgets.methods.component_agreement import agreement_sites as agreement_sites
from vitwidgets.methods.component_agreement import (
    component_agreement as component_agreement,
)
from vitwidgets.methods.concepts.direction import ConceptDirection as ConceptDirection
from vitwidgets.methods.concepts.eraser import ConceptEraser as ConceptEraser
from vitwidgets.methods.concepts.erasing import erase_concept as erase_concept
from vitwidgets.methods.concepts.from_images import (
    concept_from_images as concept_from_images,
)
from vitwidgets.methods.concepts.from_words import (
    concept_from_words as concept_from_words,
)
from vitwidgets.methods.concepts.off_target import OffTarget as OffTarget
from vitwidgets.methods.concepts.off_target import off_target as off_target
from vitwidgets.methods.concepts.patches_showing import (
    patches_showing as patches_showing,
)
from vitwidgets.methods.concepts.probe import concept_from_probe as concept_from_probe
from vitwidgets.methods.concepts.sweep import SteeringSweep as SteeringSweep
from vitwidgets.methods.concepts.sweep import natural_strength as natural_strength
from vitwidgets.methods.concepts.sweep import steering_sweep as steering_sweep
from vitwidgets.methods.contributions.terms import (
    DirectLogitAttribution as DirectLogitAttribution,
)
from vitwidgets.methods.direct_logit_attribution import (
    attribution_sites as attribution_sites,
)
from vitwidgets.methods.direct_logit_attribution import (
    direct_logit_attribution as direct_logit_attribution,
)
from vitwidgets.methods.edit_controls import ControlResult as ControlResult
from vitwidgets.methods.edit_controls import edit_controls as edit_controls
from vitwidgets.methods.embedding_decomposition import (
    ImageEmbeddingDecomposition as ImageEmbeddingDecomposition,
)
from vitwidgets.methods.embedding_decomposition import (
    decomposition_sites as decomposition_sites,
)
from vitwidgets.methods.embedding_decomposition import (
    image_embedding_decomposition as image_embedding_decomposition,
)
from vitwidgets.methods.head_ablation import HeadAblation as HeadAblation
from vitwidgets.methods.head_ablation import head_ablation as head_ablation
from vitwidgets.methods.head_statistics import HeadStatistics as HeadStatistics
from vitwidgets.methods.head_types import HeadType as HeadType
from vitwidgets.methods.head_types import head_types as head_types
from vitwidgets.methods.interventions import Intervention as Intervention
from vitwidgets.methods.knock_out import knock_out as knock_out
from vitwidgets.methods.lens_divergence import lens_divergence as lens_divergence
from vitwidgets.methods.lens_readings import LensReadings as LensReadings
from vitwidgets.methods.lens_segmentation import MaskOverlap as MaskOverlap
from vitwidgets.methods.lens_segmentation import enlarged as enlarged
from vitwidgets.methods.lens_segmentation import lens_masks as lens_masks
from vitwidgets.methods.lens_segmentation import mask_overlap as mask_overlap
from vitwidgets.methods.lens_segmentation import mask_picture as mask_picture
from vitwidgets.methods.logit_lens import LogitLens as LogitLens
from vitwidgets.methods.path_patching import path_patching as path_patching
from vitwidgets.methods.replay_interventions import Replay as Replay
from vitwidgets.methods.replay_interventions import (
    replay_interventions as replay_interventions,
)
from vitwidgets.methods.share_interval import wilson_interval as wilson_interval
from vitwidgets.methods.smallest_flip import smallest_flip as smallest_flip
from vitwidgets.methods.text_span import TextSpan as TextSpan
from vitwidgets.methods.text_span import text_span as text_span
from vitwidgets.methods.tuned_lens import TunedLens as TunedLens
from vitwidgets.methods.tuning.divergence_by_layer import (
    LensDivergence as LensDivergence,
)
from vitwidgets.methods.tuning.shipped import shipped_lens as shipped_lens
from vitwidgets.methods.tuning.training import train_tuned_lens as train_tuned_lens
from vitwidgets.methods.typographic_attack import TypographicAttack as TypographicAttack
from vitwidgets.methods.typographic_attack import (
    typographic_attack as typographic_attack,
)
from vitwidgets.methods.typography.reading_heads import ReadingHeads as ReadingHeads
from vitwidgets.methods.typography.reading_heads import reading_heads as reading_heads
from vitwidgets.methods.typography.restoring import RestoredAnswers as RestoredAnswers
from vitwidgets.methods.typography.restoring import WithoutHeads as WithoutHeads
from vitwidgets.methods.typography.restoring import restored_answers as restored_answers
from vitwidgets.methods.typography.share import Share as Share
from vitwidgets.methods.value_weighted_attention import (
    value_weighted_attention as value_weighted_attention,
)
from vitwidgets.methods.word_map import fit_word_map as fit_word_map
from vitwidgets.methods.word_maps.affine import MapFit as MapFit
from vitwidgets.methods.word_maps.affine import WordMap as WordMap
from vitwidgets.methods.word_maps.shipped import shipped_word_map as shipped_word_map
from vitwidgets.methods.words_of_heads.head_outputs import HeadOutputs as HeadOutputs
from vitwidgets.methods.words_of_heads.head_outputs import head_outputs as head_outputs
from vitwidgets.methods.words_of_heads.heads_by_text import HeadsByText as HeadsByText
from vitwidgets.methods.words_of_heads.heads_by_text import (
    heads_by_text as heads_by_text,
)
