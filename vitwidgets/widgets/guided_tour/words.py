"""What a guided tour says: every title and sentence, with room for the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Words(NamedTuple):
    """What a stop says."""

    title: str
    text: str


OPENING = Words(
    "{model}: {heads} in {layers}",
    "Each small picture is one head of the model, bright where it looks from the token "
    "that is chosen. Measured over {images}, the heads are: {kinds}; attention spread "
    "evenly over all {tokens} tokens would make every one of them uniform.",
)

_SEEN = "on average {value} of its attention lands there, measured over {images}. "
_EVENLY = "Attention spread evenly over all tokens would put {even} there."

KINDS: Mapping[str, Words] = {
    "offset": Words(
        "{head} looks {way}",
        "From a patch, this head looks {way}: " + _SEEN + _EVENLY,
    ),
    "same row": Words(
        "{head} looks along the row",
        "From a patch, this head looks at the other patches of its row: "
        + _SEEN
        + _EVENLY,
    ),
    "same column": Words(
        "{head} looks along the column",
        "From a patch, this head looks at the other patches of its column: "
        + _SEEN
        + _EVENLY,
    ),
    "border": Words(
        "{head} looks at the border",
        "From any patch, this head looks at the edge of the picture, corners apart: "
        + _SEEN
        + _EVENLY,
    ),
    "corner": Words(
        "{head} looks at the corners",
        "From any patch, this head looks at the corners of the picture: "
        + _SEEN
        + _EVENLY,
    ),
    "CLS reader": Words(
        "{head} reads cls",
        "You see who looks at cls, a token without a place in the picture: from all "
        "patches, " + _SEEN + _EVENLY,
    ),
    "register reader": Words(
        "{head} reads the registers",
        "From any patch, this head looks at the registers, tokens without a place in "
        "the picture: " + _SEEN + _EVENLY,
    ),
    "sink": Words(
        "{head} pours into a sink",
        "A few patches carry far larger numbers than the rest, and draw this head: on "
        "average {value} of its attention lands there, measured over those of {images} "
        "that have such patches. " + _EVENLY,
    ),
    "uniform": Words(
        "{head} looks everywhere",
        "This head hardly chooses: on a scale from 0% (all attention on one token) to "
        "100% (the same for all), its attention is spread {value} (entropy), measured "
        "over {images}. Attention spread evenly would be {even}.",
    ),
    "object": Words(
        "{head} finds the object",
        "{reader}, this head looks at the object: of a patch on it and a patch beside "
        "it, the one on it gets more attention {value} of the time, measured over "
        "{images}. Attention spread evenly would be right {even} of the time, and one "
        "that only knows where objects usually are {elsewhere}.",
    ),
}
"""Title and text of each type of head."""

READERS = {True: "From cls, which stands for the whole picture", False: "On the whole"}
"""What looks at the object, by whether the model has a class token."""

STEPS: Mapping[str, Words] = {
    "mean_distance": Words(
        "Layer {after} looks {farther} than layer {before}",
        "In layer {before} heads look {first:.1f} patches far on average, in layer "
        "{after} {second:.1f}, the largest step between neighbouring layers over "
        "{images}. Attention spread evenly would look {even:.1f} patches far; a "
        "typical head of each is pinned below the pictures.",
    ),
    "relative_entropy": Words(
        "Layer {after} looks at {more} than layer {before}",
        "On a scale from 0% (all attention on one token) to 100% (the same for all), "
        "heads spread their attention {first:.0%} in layer {before} and {second:.0%} "
        "in layer {after}, the largest step between neighbouring layers over {images}. "
        "Attention spread evenly would be {even:.0%}; a typical head of each is pinned "
        "below the pictures.",
    ),
}

IDLE = Words(
    "{head} looks telling, and is hardly needed",
    "By its pattern this head is a plain case ({kind}), yet replacing what it writes "
    "by {instead} changes the score of the answer (its logit) by only {change} over "
    "{images}, where losing {strongest} changes it by {most}. A clear pattern is no "
    "proof that the model relies on it, though other heads may stand in for it.",
)
HIDDEN = Words(
    "{head} looks like nothing, and matters",
    "This head fits no simple type, yet replacing what it writes by {instead} changes "
    "the score of the answer (its logit) by {change} over {images}. A head that takes "
    "no part would change it by 0, and the largest change that is certain is {most} "
    "({strongest}).",
)
INSTEAD = {
    "mean": "its average",
    "resample": "what it writes on another image",
    "zero": "zeros",
}

CLOSING = Words(
    "What a pattern can't tell",
    "You have seen where heads look, measured over {images}; what a head takes from "
    "there, and whether the answer uses it, is another question. Now choose any patch "
    "and any head yourself, and add stops of your own.",
)


def counted(count: int, one: str, several: str | None = None) -> str:
    """Say how many there are of something."""
    return f"{count} {one}" if count == 1 else f"{count} {several or one + 's'}"


def share(value: float) -> str:
    """Say a share, with a digit more where it is small."""
    return f"{value:.0%}" if value >= 0.0995 else f"{value:.1%}"  # noqa: PLR2004


def offset_way(down: int, right: int) -> str:
    """Say in which direction, and how far, an offset leads."""
    steps = [(down, "up", "down"), (right, "to the left", "to the right")]
    ways = [(abs(n), back if n < 0 else on) for n, back, on in steps if n]
    if not ways:
        return "at that patch itself"
    (first, way), *others = ways
    said = f"{counted(first, 'patch', 'patches')} {way}"
    return " and ".join([said, *(f"{n} {way}" for n, way in others)])
