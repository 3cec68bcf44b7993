"""Checks of what is done in the word lens, whose classes are the lesson's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from vitwidgets.images import SampleScene, prepare_mask
from vitwidgets.images.lettering import write_label
from vitwidgets.methods import direct_logit_attribution
from vitwidgets.methods.concepts.patches_showing import patches_showing
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.widgets.words.state import PLAIN
from vitwidgets.workshop.bench import head_name
from vitwidgets.workshop.checks.check import (
    Check,
    NotHereError,
    Outcome,
    Verdict,
    Words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from vitwidgets.images import ImageSource
    from vitwidgets.workshop.bench import Bench

_LENS = ("WordLens",)
_NO_WORD = "No word is shown alone yet: click one in the list."
_OWN_AGAIN = (
    "This question is about the words that the lesson began with: press “Start this "
    "step again”."
)


def other_words(bench: Bench) -> str:
    """Say that a word lens shows other words than the lesson's; else nothing."""
    if not bench.words:
        return ""
    view = bench.view
    own = tuple(view.words) == bench.words and list(view.templates) == [PLAIN]
    return "" if own else _OWN_AGAIN


def likeliest_word(bench: Bench) -> Verdict:
    """Tell whether the word that is shown alone is the likeliest of the whole image."""
    if refusal := _unanswered(bench):
        return refusal
    target: int = bench.view.target
    percent = 100 * bench.clean[0].softmax(-1)
    likelier = int((percent > percent[target]).sum())
    said = f"{bench.named(target)} has {float(percent[target]):.0f} %"
    rank = "no other word has more" if not likelier else "another word has more"
    return Verdict(not likelier, bench.named(target), f"{said}; {rank}.")


def nearer_word(bench: Bench, one: str, other: str) -> Verdict:
    """Tell whether of two words the one is shown alone that the image is more like."""
    both = [bench.place_of(word) for word in (one, other)]
    if refusal := _unanswered(bench):
        return refusal
    target: int = bench.view.target
    what = bench.named(target)
    if target not in both:
        return Verdict(False, what, f"You show {what}: choose one of the two.")
    cosines = _cosines(bench)
    told = ", ".join(f"{cosines[at]:.2f} with “{bench.words[at]}”" for at in both)
    return Verdict(
        bool(cosines[target] == cosines[both].max()),
        what,
        f"The cosine of the picture is {told}.",
    )


def unseen_word(bench: Bench) -> Verdict:
    """Tell whether the word that is shown alone was never seen by the text tower."""
    text = bench.model.text
    unseen = [word for word in bench.words if text and not text.knows(word)]
    if not unseen:
        raise NotHereError(
            f"{bench.model.name} saw the parts of all these words in training"
        )
    if refusal := _unanswered(bench):
        return refusal
    target: int = bench.view.target
    word = bench.words[target]
    said = "never saw it" if word in unseen else "saw it"
    return Verdict(
        word in unseen,
        bench.named(target),
        f"The text tower of {bench.model.name} {said} in training.",
    )


def first_layer_on_object(bench: Bench, word: str, thing: str) -> Verdict:
    """Tell whether the layer is the first at which half of a thing's patches say it."""
    place = bench.place_of(word)
    own = _patches_of(bench, thing)
    agree = (bench.first_answers()[:, bench.patches.start :][:, own] == place).sum(1)
    enough = (2 * agree >= len(own)).nonzero()
    if not len(enough):
        raise NotHereError(
            f"at no layer of {bench.model.name} do half of the patches of the {thing} "
            f"say “{word}”"
        )
    layer: int = bench.view.layer
    tried = bench.layer_name(layer)
    view = bench.view
    if refusal := other_words(bench):
        return Verdict(False, tried, refusal)
    if (view.lens, view.norm) != ("plain", "own"):
        return Verdict(False, tried, "This question is about the lens's own norm.")
    first = int(enough[0]) - 1
    said = f"After {tried}, {int(agree[layer + 1])} of the {len(own)} patches"
    when = {True: "", False: ", but there is an earlier layer with half of them"}
    return Verdict(
        layer == first,
        tried,
        f"{said} of the {thing} say {bench.named(place)}{when[layer <= first]}.",
    )


def own_word_wins(bench: Bench) -> Verdict:
    """Tell whether a word that a learner added is likelier than all of the lesson's."""
    view = bench.view
    added = [word for word in view.words if word not in bench.words]
    tried = ", ".join(f"“{word}”" for word in added[:4]) or "no word of your own"
    if missing := [word for word in bench.words if word not in view.words]:
        return Verdict(False, tried, f"Keep “{missing[0]}”, and add words to it.")
    if not added:
        return Verdict(False, tried, "No word is added yet: type one.")
    shares = torch.tensor(view.probabilities)
    best = max(added, key=lambda word: float(shares[view.words.index(word)]))
    percent = 100 * float(shares[view.words.index(best)])
    if view.words.index(best) in view.unknown_words:
        return Verdict(False, tried, f"The model never learned “{best}”: try another.")
    winner = view.words[int(shares.argmax())]
    said = f"“{best}” has {percent:.0f} %"
    rest = "no word has more" if winner == best else f"“{winner}” has more"
    return Verdict(winner == best, tried, f"{said}; {rest}.")


def strongest_head_is(bench: Bench) -> Outcome:
    """Tell in which half of the blocks the head is that writes the answer most.

    What a head itself adds to the answer's logit, minus what it adds to that of the
    next likeliest word.
    """
    heads = written_by_heads(bench)
    layer, head = strongest_head(heads)
    half = "first half" if 2 * layer < len(heads) else "second half"
    logits = bench.clean[0]
    whole = float(logits[bench.answer] - logits[bench.runner_up])
    text = (
        f"{head_name(layer, head)} writes {bench.named(bench.answer)} rather than "
        f"{bench.named(bench.runner_up)} most: {float(heads[layer, head]):+.1f} of "
        f"{whole:+.1f} in all."
    )
    return Outcome(half, text)


def written_by_heads(bench: Bench) -> Tensor:
    """Give what each head adds to the answer's logit minus the next one's.

    Returns
    -------
    Tensor
        float64 ``(layer, head)``.

    Raises
    ------
    NotHereError
        When that can't be told of this model.
    """
    try:
        return direct_logit_attribution(
            bench.model,
            bench.clean[1],
            bench.answer,
            versus=bench.runner_up,
            measure="difference",
        ).heads[0]
    except UnsupportedModelError as error:
        raise NotHereError(str(error)) from None


def strongest_head(heads: Tensor) -> tuple[int, int]:
    """Give layer and head of the one that writes most."""
    layer, head = divmod(int(heads.argmax()), heads.shape[1])
    return layer, head


def label_wins(bench: Bench, written: str, word: str) -> Outcome:
    """Tell what becomes of the answer when something is written on the picture.

    Goh et al., "Multimodal Neurons in Artificial Neural Networks" (2021).

    Parameters
    ----------
    bench
        What is open.
    written
        What is written.
    word
        The word of the lesson that stands for a picture with that written on it.
    """
    place = bench.place_of(word)
    if place == bench.answer:
        raise NotHereError(f"{bench.model.name} says “{word}” as it is")
    try:
        lettered = write_label(bench.image, written)
        blank = write_label(bench.image, written, ink="white", paper="white")
    except ValueError as error:
        raise NotHereError(str(error)) from None
    found, without = (_answered(bench, each) for each in (lettered, blank))
    text = (
        f"With “{written}” written on it, {bench.says(*found)}; with the same paper "
        f"left blank, {bench.says(*without)}."
    )
    names = {place: "the written word", bench.answer: "what it said before"}
    return Outcome(names.get(found[0], "something else"), text)


def _answered(bench: Bench, picture: ImageSource) -> tuple[int, str]:
    with torch.no_grad():
        shares = bench.model(bench.pixels_of(picture))[0].float().softmax(-1)
    return int(shares.argmax()), f"{100 * float(shares.max()):.0f}"


def _unanswered(bench: Bench) -> Verdict | None:
    target: int = bench.view.target
    if complaint := other_words(bench):
        return Verdict(False, "other words", complaint)
    return Verdict(False, "no word", _NO_WORD) if target < 0 else None


def _cosines(bench: Bench) -> Tensor:
    text = bench.model.text
    if text is None:
        raise NotHereError(f"{bench.model.name} has no text tower")
    return (bench.clean[0] - text.logit_bias) / text.logit_scale


def _patches_of(bench: Bench, thing: str) -> Tensor:
    """Give the indices among patches of those that show a thing."""
    image = bench.image
    if not isinstance(image, SampleScene) or thing not in image.masks:
        raise NotHereError(f"where a {thing} is in this picture isn't known")
    preprocessing = bench.model.preprocessing
    if preprocessing is None:
        raise NotHereError(f"{bench.model.name} has no preprocessing")
    mask = prepare_mask(image.masks[thing], preprocessing)
    own = patches_showing([mask], bench.grid)[0].nonzero()[:, 0]
    if not len(own):
        raise NotHereError(f"no patch shows the {thing} by a quarter or more")
    return own


_WORD = Words()

CHECKS: Mapping[str, Check] = {
    "likeliest_word": Check(_LENS, likeliest_word),
    "nearer_word": Check(_LENS, nearer_word, {"one": _WORD, "other": _WORD}),
    "unseen_word": Check(_LENS, unseen_word),
    "first_layer_on_object": Check(
        _LENS, first_layer_on_object, {"word": _WORD, "thing": _WORD}
    ),
    "own_word_wins": Check(_LENS, own_word_wins),
    "strongest_head_is": Check(
        _LENS, strongest_head_is, outcomes=("first half", "second half")
    ),
    "label_wins": Check(
        _LENS,
        label_wins,
        {"written": _WORD, "word": _WORD},
        outcomes=("the written word", "what it said before", "something else"),
    ),
}
