"""Emoji drawings that ship with the package, for where no emoji font is installed."""

from vitwidgets.labels.sprites.stills import draw_emoji as draw_emoji
from vitwidgets.labels.sprites.subset import EmojiSprites as EmojiSprites
from vitwidgets.labels.sprites.subset import emoji_sprites as emoji_sprites
from vitwidgets.labels.sprites.subset import sprites_answer as sprites_answer
