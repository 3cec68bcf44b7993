"""Live views on a hooked model: each holds a model, an image and its state."""

from vitwidgets.widgets.attention_head_tour import (
    AttentionHeadTour as AttentionHeadTour,
)
from vitwidgets.widgets.click_to_patch import ClickToPatch as ClickToPatch
from vitwidgets.widgets.emoji_logit_lens import EmojiLogitLens as EmojiLogitLens
from vitwidgets.widgets.explorer import Explorer as Explorer
from vitwidgets.widgets.logit_attribution import LogitAttribution as LogitAttribution
from vitwidgets.widgets.word_lens import WordLens as WordLens
from vitwidgets.widgets.workshop_lesson import WorkshopLesson as WorkshopLesson
