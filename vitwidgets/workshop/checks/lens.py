"""Checks of what is done in the emoji logit lens, or the word lens.

What tokens say is what the plain lens reads: the likeliest class, with each token's own
statistics in the final norm (nostalgebraist, 2020).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.workshop.checks.check import (
    Check,
    NotHereError,
    OneOf,
    Outcome,
    Verdict,
    Whole,
    counted,
)
from vitwidgets.workshop.checks.words import other_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from vitwidgets.workshop.bench import Bench

_LENS = ("EmojiLogitLens", "WordLens")
_WHAT = OneOf(("answer", "runner-up", "another class"))
_SHARES = ("under a quarter", "a quarter to a half", "over a half")


def first_layer_with_answer(bench: Bench) -> Verdict:
    """Tell whether the layer is the first at which the class token says the answer."""
    first = _first(bench.first_answers()[:, bench.class_token] == bench.answer)
    if first is None:
        raise NotHereError(
            f"the class token of {bench.model.name} says its answer at no layer"
        )
    layer: int = bench.view.layer
    said = int(bench.first_answers()[layer + 1, bench.class_token])
    place = bench.layer_name(layer)
    text = f"After {place} the class token says {bench.named(said)}"
    if layer > first:
        text += f", but it says {bench.named(bench.answer)} earlier already"
    elif layer < first:
        text += f", and not {bench.named(bench.answer)} yet"
    if refusal := _other_lens(bench, place):
        return refusal
    return Verdict(layer == first, place, f"{text}.")


def patch_says(bench: Bench, what: str) -> Verdict:
    """Tell whether the chosen patch says a class at the present layer."""
    grid, view = bench.grid, bench.view
    patches = bench.first_answers()[:, list(bench.patches)]
    if not _are(bench, patches, what).any():
        raise NotHereError(f"no patch says that at any layer of {bench.model.name}")
    label, place = grid.label(view.token), bench.layer_name(view.layer)
    tried = f"{label} after {place}"
    if refusal := _other_lens(bench, tried):
        return refusal
    if grid.is_prefix(view.token):
        return Verdict(False, tried, f"{label} is no patch: click one on the picture.")
    said = bench.first_answers()[view.layer + 1, view.token]
    right = bool(_are(bench, said, what))
    return Verdict(
        right, tried, f"After {place}, patch {label} says {bench.named(int(said))}."
    )


def class_token_says(bench: Bench, what: str) -> Verdict:
    """Tell whether the class token says a class at the present layer."""
    found = bench.first_answers()[:, bench.class_token]
    if not _are(bench, found, what).any():
        raise NotHereError(
            f"the class token of {bench.model.name} says that at no layer"
        )
    layer: int = bench.view.layer
    place, said = bench.layer_name(layer), found[layer + 1]
    if refusal := _other_lens(bench, place):
        return refusal
    return Verdict(
        bool(_are(bench, said, what)),
        place,
        f"After {place} the class token says {bench.named(int(said))}.",
    )


def layer_with_most_patches(bench: Bench) -> Verdict:
    """Tell whether the most patches say the answer at the present layer."""
    agree = (bench.first_answers()[:, list(bench.patches)] == bench.answer).sum(1)
    if not agree.any():
        raise NotHereError(
            f"no patch of this image says {bench.named(bench.answer)} at any layer"
        )
    layer: int = bench.view.layer
    place, count = bench.layer_name(layer), int(agree[layer + 1])
    if refusal := _other_lens(bench, place):
        return refusal
    answer, best = bench.named(bench.answer), int(agree.max())
    said = f"After {place}, {count} of {len(bench.patches)} patches say {answer}"
    more = "no layer has more" if count == best else "another layer has more"
    return Verdict(count == best, place, f"{said}; {more}.")


def surest_patch(bench: Bench, end: str, among: int) -> Verdict:
    """Tell whether the lens is surest (or least sure) of the chosen patch.

    How unsure it is, is the entropy of all classes at the present layer.
    """
    grid, view = bench.grid, bench.view
    label = grid.label(view.token)
    if grid.is_prefix(view.token):
        return Verdict(False, label, f"{label} is no patch: click one on the picture.")
    if refusal := _other_lens(bench, label):
        return refusal
    values = bench.entropy[view.layer + 1]
    value = float(values[view.token])
    others = values[list(bench.patches)]
    beyond = int((others < value if end == "most" else others > value).sum())
    way = "lower" if end == "most" else "higher"
    return Verdict(
        beyond < among,
        label,
        f"Entropy at patch {label}: {value:.2f} nats; "
        f"{counted(beyond, 'patch has', 'patches have')} a {way} one.",
    )


def who_says_it_first(bench: Bench) -> Outcome:
    """Tell whether the class token or a patch is the first to say the answer."""
    agree = bench.first_answers() == bench.answer
    token = _first(agree[:, bench.class_token])
    patch = _first(agree[:, list(bench.patches)].any(1))
    if token is None and patch is None:
        raise NotHereError(f"no token of {bench.model.name} says its answer")
    told = [
        f"{who} after {bench.layer_name(layer)}"
        if layer is not None
        else f"{who} never"
        for who, layer in (("the class token", token), ("a patch", patch))
    ]
    text = f"First to say {bench.named(bench.answer)}: {told[0]}, {told[1]}."
    never = bench.model.config.n_layers
    order = (never if token is None else token) - (never if patch is None else patch)
    if order == 0:
        return Outcome("together", text)
    return Outcome("a patch" if order > 0 else "the class token", text)


def share_of_patches(bench: Bench) -> Outcome:
    """Tell how many patches say the answer after the last block."""
    agree = bench.first_answers()[-1, list(bench.patches)] == bench.answer
    share = float(agree.float().mean())
    name = _SHARES[0 if share < 1 / 4 else 1 if share <= 1 / 2 else 2]
    text = (
        f"After the last block {int(agree.sum())} of {len(agree)} patches say "
        f"{bench.named(bench.answer)}."
    )
    return Outcome(name, text)


def tuned_lens_names_it(bench: Bench) -> Outcome:
    """Tell when the tuned lens reads the answer of the class token, beside the plain.

    Belrose et al., "Eliciting Latent Predictions from Transformers with the Tuned Lens"
    (2023).
    """
    layers = [
        _first(bench.first_answers(tuned=tuned)[:, bench.class_token] == bench.answer)
        for tuned in (False, True)
    ]
    plain, tuned = layers
    if plain is None or tuned is None:
        raise NotHereError("one of the two lenses reads the answer at no layer")
    text = (
        f"The plain lens reads {bench.named(bench.answer)} from "
        f"{bench.layer_name(plain)}, the tuned lens from {bench.layer_name(tuned)}."
    )
    if plain == tuned:
        return Outcome("at the same layer", text)
    return Outcome("earlier" if tuned < plain else "later", text)


def _first(agree: Tensor) -> int | None:
    """Give the first layer of which it is true; the embedding, row 0, is -1."""
    found = agree.nonzero()
    return int(found[0, 0]) - 1 if len(found) else None


def _are(bench: Bench, said: Tensor, what: str) -> Tensor:
    if what == "another class":
        return said != bench.answer
    return said == (bench.answer if what == "answer" else bench.runner_up)


def _other_lens(bench: Bench, what: str) -> Verdict | None:
    if complaint := other_words(bench):
        return Verdict(False, what, complaint)
    if (bench.view.lens, bench.view.norm) == ("plain", "own"):
        return None
    return Verdict(
        False, what, "This question is about the plain lens with its own norm: go back."
    )


CHECKS: Mapping[str, Check] = {
    "first_layer_with_answer": Check(_LENS, first_layer_with_answer),
    "patch_says": Check(_LENS, patch_says, {"what": _WHAT}),
    "class_token_says": Check(_LENS, class_token_says, {"what": _WHAT}),
    "layer_with_most_patches": Check(_LENS, layer_with_most_patches),
    "surest_patch": Check(
        _LENS, surest_patch, {"end": OneOf(("most", "least")), "among": Whole()}
    ),
    "who_says_it_first": Check(
        _LENS,
        who_says_it_first,
        outcomes=("the class token", "a patch", "together"),
    ),
    "share_of_patches": Check(_LENS, share_of_patches, outcomes=_SHARES),
    "tuned_lens_names_it": Check(
        _LENS,
        tuned_lens_names_it,
        outcomes=("earlier", "at the same layer", "later"),
    ),
}
