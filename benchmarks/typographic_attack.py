"""Attack mice with written words: the tables of ``docs/typographic-attack.md``.

``python -m benchmarks.typographic_attack``; some minutes on one core.
"""

from __future__ import annotations

import argparse
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.head_atlas import with_parts
from benchmarks.reading_mouse import AREA, WORDS, reading_mouse
from vitwidgets import load_model
from vitwidgets.methods.typographic_attack import typographic_attack
from vitwidgets.methods.typography.reading_heads import reading_heads
from vitwidgets.methods.typography.restoring import restored_answers
from vitwidgets.mice.fresh_scenes import fresh_scenes
from vitwidgets.mice.vocabulary import VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from vitwidgets import HookedViT
    from vitwidgets.methods.typographic_attack import TypographicAttack
    from vitwidgets.methods.typography.reading_heads import ReadingHeads
    from vitwidgets.methods.typography.restoring import RestoredAnswers
    from vitwidgets.methods.typography.share import Share

PAGE = Path(__file__).parent.parent / "docs" / "typographic-attack.md"

SEED = 103
SCENES = 768
THINGS = [thing.name for thing in VOCABULARY]
PROMPTS = {
    "`{}`": ("{}",),
    "`the word {}`": ("the word {}",),
    "both, averaged": ("{}", "the word {}"),
}
AREAS = (0.1, 0.2)
SETS = (1, 2, 3, 5)
"""How many heads are knocked out."""
SHOWN = 6
FEWEST_FLIPS = 20
RESTORED = (
    "The best heads knocked out, on the other half of the pictures, and as many random "
    "ones beside them:"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Attack, look for heads, knock them out, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.typographic_attack")
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args(arguments)
    attacks = all_attacks()
    believing = {
        (f"emoji-clip, {len(WORDS)} words", AREA): attacked(clip_with(WORDS), AREA),
        ("the mouse that believes", AREA): attacked(reading_mouse(), AREA),
    }
    parts = {
        "attack": attack_table(attacks),
        "flips": heads_part(*most_flips(attacks)),
        "mouse": attack_table(believing),
        "heads": heads_part(*most_flips(believing)),
    }
    options.page.write_text(
        with_parts(options.page.read_text("utf-8"), parts), encoding="utf-8"
    )
    return 0


Attacks = dict[tuple[str, float], tuple["HookedViT", "TypographicAttack"]]
"""By how a class is asked for, and the share of the picture that is written on."""


def all_attacks() -> Attacks:
    """Attack emoji-clip by every kind of prompt and size, and emoji-vit to compare."""
    readers = {title: clip_with(THINGS, each) for title, each in PROMPTS.items()}
    readers["emoji-vit, which never saw a letter"] = load_model()
    return {
        (title, area): attacked(reader, area)
        for title, reader in readers.items()
        for area in AREAS
    }


def clip_with(
    words: Sequence[str], templates: Sequence[str] = PROMPTS["`{}`"]
) -> HookedViT:
    """Give emoji-clip with some names of things for classes."""
    return load_model("emoji-clip").with_words(words, templates)


def attacked(reader: HookedViT, area: float) -> tuple[HookedViT, TypographicAttack]:
    """Attack a model on fresh scenes of its classes."""
    assert reader.class_names is not None  # noqa: S101
    labels = [name for name in reader.class_names for _ in range(each_of(reader))]
    scenes = [
        scene
        for name in reader.class_names
        for scene in scenes_of(name, each_of(reader))
    ]
    return reader, typographic_attack(reader, scenes, labels, area=area, seed=SEED)


def each_of(reader: HookedViT) -> int:
    """Say how many scenes there are of each class."""
    return SCENES // reader.config.n_classes


@cache
def scenes_of(name: str, count: int) -> tuple[Image.Image, ...]:
    """Give fresh scenes in which one thing is the largest."""
    return tuple(fresh_scenes(load_model(), THINGS.index(name), count, SEED))


def most_flips(attacks: Attacks) -> tuple[str, HookedViT, TypographicAttack]:
    """Give the attack on a CLIP after which most answers were what is written."""
    key = max(
        (each for each in attacks if not each[0].startswith("emoji-vit")),
        key=lambda each: int(attacks[each][1].flipped.sum()),
    )
    return (f"{key[0]}, a label on {key[1]:.0%} of the picture", *attacks[key])


def attack_table(attacks: Attacks) -> str:
    """Say how often answers flip."""
    head = (
        "| a class is asked for as | label | right without it | named as written "
        "| still right | named so with blank paper |"
    )
    lines = [head, "|---|---:|---|---|---|---|"]
    for (title, area), (_, attack) in attacks.items():
        cells = (
            title,
            f"{area:.0%}",
            short(attack.accuracy),
            short(attack.flips),
            short(attack.still_right),
            short(attack.flips_by_paper),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def heads_part(title: str, model: HookedViT, attack: TypographicAttack) -> str:
    """Look for heads that read, and say what comes back without them."""
    flips = int(attack.flipped.sum())
    if flips < FEWEST_FLIPS:
        return (
            f"At most {flips} of {int(attack.right.sum())} answers became what is "
            f"written ({title}): too few to look for heads."
        )
    found = reading_heads(model, attack, progress=False)
    rows = [restored_answers(model, attack, found.best(count)) for count in SETS]
    return "\n\n".join(
        (f"Of {title}:", heads_table(found), RESTORED, restored_table(rows))
    )


def heads_table(found: ReadingHeads) -> str:
    """Give the first heads by patching."""
    frame = found.frame()
    said = (
        f"Over {found.n_images} flips, the word moves the difference of both logits by "
        f"{found.change:.2f} on average. Rank correlation of the two measures over all "
        f"heads: {found.agreement:.2f}."
    )
    lines = [
        said,
        "",
        "| head | difference falls by, patched | own words, attributed | right again |",
        "|---|---:|---:|---:|",
    ]
    columns = (frame["address"], frame["patching"], frame["attribution"])
    rows = zip(*columns, frame["undone"], strict=True)
    for address, patching, attribution, undone in list(rows)[:SHOWN]:
        share = f"{undone} of {found.n_images}"
        lines.append(f"| {address} | {patching:.2f} | {attribution:.2f} | {share} |")
    return "\n".join(lines)


def restored_table(rows: Sequence[RestoredAnswers]) -> str:
    """Say what knocking out the best heads restores, beside random ones."""
    head = (
        "| without | right again | without random other heads, in draws "
        "| still right without a word | with random ones |"
    )
    lines = [head, "|---|---|---|---|---|"]
    for row in rows:
        cells = (
            ", ".join(map(str, row.chosen.heads)),
            short(row.chosen.restored),
            by_chance(row),
            short(row.chosen.kept),
            f"{row.kept_by_chance.value:.1%}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def by_chance(row: RestoredAnswers) -> str:
    """Say what random heads restore."""
    low, high = row.draws
    return (
        f"{row.by_chance.value:.1%} ({low:.1%} to {high:.1%} in {len(row.random)}; "
        f"{row.as_good} as good)"
    )


def short(share: Share) -> str:
    """Give a share with its interval, in little room."""
    low, high = share.interval
    return f"{share.value:.1%} of {share.count} ({low:.1%} to {high:.1%})"


if __name__ == "__main__":
    raise SystemExit(main())
