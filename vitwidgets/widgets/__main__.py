"""Print the TypeScript types of every widget's state: ``js/src/core/state.gen.ts``."""

from __future__ import annotations

import sys

from vitwidgets.widgets.attention_head_tour import AttentionHeadTour
from vitwidgets.widgets.click_to_patch import ClickToPatch
from vitwidgets.widgets.emoji_logit_lens import EmojiLogitLens
from vitwidgets.widgets.logit_attribution import LogitAttribution
from vitwidgets.widgets.word_lens import WordLens
from vitwidgets.widgets.workshop_lesson import WorkshopLesson
from vitwidgets.wire.typescript import state_module

sys.stdout.write(
    state_module(
        [
            AttentionHeadTour,
            ClickToPatch,
            EmojiLogitLens,
            LogitAttribution,
            WordLens,
            WorkshopLesson,
        ]
    )
)
