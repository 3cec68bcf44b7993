"""Names, an emoji and a superclass for a model's classes, and finding one by name.

Nothing here needs torch. timm, which knows the names of ImageNet's classes (and brings
torch along), is imported when they are first asked for.
"""

from vitwidgets.labels.emoji_tables import every_emoji as every_emoji
from vitwidgets.labels.emoji_tables import imagenet_emoji as imagenet_emoji
from vitwidgets.labels.emoji_tables import (
    imagenet_superclasses as imagenet_superclasses,
)
from vitwidgets.labels.emoji_tables import superclass_emoji as superclass_emoji
from vitwidgets.labels.everyday_words import everyday_kinds as everyday_kinds
from vitwidgets.labels.everyday_words import everyday_words as everyday_words
from vitwidgets.labels.everyday_words import read_vocabulary as read_vocabulary
from vitwidgets.labels.finding import find_class as find_class
from vitwidgets.labels.finding import one_class as one_class
from vitwidgets.labels.labelling import Labels as Labels
from vitwidgets.labels.labelling import model_labels as model_labels
from vitwidgets.labels.naming import class_names as class_names
from vitwidgets.labels.naming import names_from_id2label as names_from_id2label
