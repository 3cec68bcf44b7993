"""Live views on a hooked model: each holds a model, an image and its state."""

from vitwidgets.widgets.attention_head_tour import (
    AttentionHeadTour as AttentionHeadTour,
)
from vitwidgets.widgets.explorer import Explorer as Explorer
