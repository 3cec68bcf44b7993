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
from vitwidgets.methods.tuned_lens import TunedLens as TunedLens
from vitwidgets.methods.tuning.divergence_by_layer import (
    LensDivergence as LensDivergence,
)
from vitwidgets.methods.tuning.shipped import shipped_lens as shipped_lens
from vitwidgets.methods.tuning.training import train_tuned_lens as train_tuned_lens
from vitwidgets.methods.value_weighted_attention import (
    value_weighted_attention as value_weighted_attention,
)
