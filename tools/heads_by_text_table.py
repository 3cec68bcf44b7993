"""Print what heads of emoji-clip write, as the tables of docs/heads-by-text.md.

python tools/heads_by_text_table.py [scenes]
"""

from __future__ import annotations

import sys
from statistics import mean, median
from typing import TYPE_CHECKING

import torch

from vitwidgets import load_model
from vitwidgets.labels import everyday_words
from vitwidgets.methods import heads_by_text, text_span
from vitwidgets.mice.clip.captions import OPPOSITES
from vitwidgets.mice.clip.colours import COLOURS
from vitwidgets.mice.clip.fresh_captioned_scenes import fresh_captioned_scenes
from vitwidgets.mice.vocabulary import VOCABULARY

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.methods import HeadsByText

SCENES = 1000
N = 5
PLACES = ("on the left", "on the right", "at the top", "at the bottom")
WORDS = {
    "colours": tuple(colour.name for colour in COLOURS),
    "things": tuple(thing.name for thing in VOCABULARY),
    "written words": everyday_words("written words"),
    "numbers": ("two", "three"),
    "places": (*PLACES, *OPPOSITES),
}


def main(scenes: int) -> None:
    """Measure and print."""
    found = heads_by_text(load_model("emoji-clip"), fresh_captioned_scenes(scenes), n=N)
    print(found)
    print_heads(found)
    print_kinds(found)
    print_colours(found)
    print_controls(found)


def print_heads(found: HeadsByText) -> None:
    """Print each head's words."""
    print("\n| head | its words explain | words, each with its share |\n|---|---|---|")
    for layer, spans in enumerate(found.spans):
        for head in range(len(spans)):
            words = found.words_of(layer, head)
            said = ", ".join(f"{word} {share:.0%}" for word, share in words)
            print(f"| L{layer}.H{head} | {sum(s for _, s in words):.0%} | {said} |")


def print_kinds(found: HeadsByText) -> None:
    """Print for each kind of words how far one head alone writes each of them."""
    print("\n| words | strongest heads, mean share | median share of a word's first |")
    print("|---|---|---|")
    for kind, words in WORDS.items():
        shares = torch.stack([found.writing(word) for word in words])
        first = median(float(each.max()) for each in shares)
        print(f"| {kind} | {strongest(shares.mean(0), 3)} | {first:.0%} |")


def print_colours(found: HeadsByText) -> None:
    """Print who writes each word of the small kinds."""
    print("\n| word | heads that write it most |\n|---|---|")
    for word in (*WORDS["colours"], *WORDS["numbers"], *WORDS["places"]):
        print(f"| {word} | {strongest(found.writing(word), 2)} |")


def print_controls(found: HeadsByText) -> None:
    """Print what words explain beside what they could by chance, and at most."""
    written = [
        head for layer in found.outputs.written.unbind(1) for head in layer.unbind(1)
    ]
    generator = torch.Generator().manual_seed(0)
    size = found.embeddings.shape[1]
    turned = torch.linalg.qr(torch.randn(size, size, generator=generator)).Q
    chance = mean(
        text_span(each, found.embeddings @ turned, N).total for each in written
    )
    most = mean(largest(each) for each in written)
    print(
        f"\nmean over heads: words {float(found.explained.mean()):.0%}, words turned "
        f"at random {chance:.0%}, any {N} directions {most:.0%}"
    )


def largest(written: Tensor) -> float:
    """Give the share of variance of the first principal components."""
    sizes = torch.linalg.svdvals((written - written.mean(0)).double()) ** 2
    return float(sizes[:N].sum() / sizes.sum())


def strongest(shares: Tensor, count: int) -> str:
    """Name the heads with the largest shares."""
    order = shares.flatten().argsort(descending=True)[:count].tolist()
    places = [divmod(at, shares.shape[1]) for at in order]
    return ", ".join(f"L{place[0]}.H{place[1]} {shares[place]:.0%}" for place in places)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SCENES)
