"""The state of the word lens: the classes are the words that a person writes.

A page that wants other words first asks the request ``words`` (``words``,
``templates``), which checks and encodes them off the main thread and changes nothing:
its answer has ``unknown_words``, or the sentence that says what is wrong. Then it sets
``words``, ``templates``, ``target``, ``versus`` and ``mask`` in one act. All that
Python owns follows in one message; until then ``class_names`` are the words that are
shown, and numbers of classes are theirs. Whatever was read of classes before a change
of ``opening`` is void.
"""

from __future__ import annotations

from traitlets import Int, List, Unicode

from vitwidgets.widgets.lens.state import LensState
from vitwidgets.wire import Array, Number, owned

PLAIN = "{}"
"""The template that is the word itself."""


class WordState(LensState):
    """The traits of the word lens, besides those of every lens."""

    words = owned(
        List(Unicode(), help="The words or prompts that are classes here."), "both"
    )
    templates = owned(
        List(
            Unicode(),
            [PLAIN],
            help="Sentences that each word is put into, at {}; their mean is taken.",
        ),
        "both",
        in_code="changed",
    )
    similarities = owned(
        Array("float32", help="Cosine of the image and each word, [word]."), "py"
    )
    probabilities = owned(
        Array("float32", help="Of each word for the whole image, [word]."), "py"
    )
    logit_scale = owned(
        Number(help="A logit is this times the cosine, plus the bias."), "py"
    )
    logit_bias = owned(Number(help="What is added to each logit; mostly 0."), "py")
    text_name = owned(Unicode(help="The model whose text tower reads the words."), "py")
    unknown_words = owned(
        List(Int(), help="Words with parts that the text tower never saw."), "py"
    )
    map_caption = owned(
        Unicode(
            help="How well a map to the text tower's space fits held-out images, where "
            "the model has no text tower of its own; empty where it has."
        ),
        "py",
    )
