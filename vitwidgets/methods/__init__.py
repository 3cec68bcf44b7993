"""Methods: functions of a hooked model, images and tensors, without any widget."""

# At once rather than when first used: several functions are called as their modules
# are, and a module that is imported first would take the function's place.
from vitwidgets.methods.attention_rollout import attention_rollout as attention_rollout
from vitwidgets.methods.attention_rollout import (
    attention_rollouts as attention_rollouts,
)
from vitwidgets.methods.attention_statistics import (
    attention_statistics as attention_statistics,
)
from vitwidgets.methods.head_ablation import HeadAblation as HeadAblation
from vitwidgets.methods.head_ablation import head_ablation as head_ablation
from vitwidgets.methods.head_statistics import HeadStatistics as HeadStatistics
from vitwidgets.methods.head_types import HeadType as HeadType
from vitwidgets.methods.head_types import head_types as head_types
from vitwidgets.methods.value_weighted_attention import (
    value_weighted_attention as value_weighted_attention,
)
