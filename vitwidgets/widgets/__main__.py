"""Print the TypeScript types of every widget's state: ``js/src/core/state.gen.ts``."""

from __future__ import annotations

import sys

from vitwidgets.widgets.attention_head_tour import AttentionHeadTour
from vitwidgets.widgets.emoji_logit_lens import EmojiLogitLens
from vitwidgets.widgets.logit_attribution import LogitAttribution
from vitwidgets.wire.typescript import state_module

sys.stdout.write(state_module([AttentionHeadTour, EmojiLogitLens, LogitAttribution]))
