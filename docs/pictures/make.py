"""Makes the pictures of "How it works" from the bundled model.

Writes them beside itself, or into the folder that it is given.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image

import vitwidgets as vw
from vitwidgets.labels.sprites.stills import draw_emoji
from vitwidgets.methods import (
    LogitLens,
    activation_patching,
    direct_logit_attribution,
    patching_sites,
    shipped_lens,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from vitwidgets.models import ActivationCache

GRID = 8  # patches a side, of the bundled model
GAP = 4
GREY, ORANGE, BLUE = "#8a8f98", np.array([214, 96, 20]), np.array([31, 110, 190])

model = vw.load_model()


def main() -> None:
    """Write all pictures."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else __file__)
    folder = folder if folder.is_dir() else folder.parent
    patches().save(folder / "patches.png", optimize=True)
    attention().save(folder / "attention.png", optimize=True)
    lens().save(folder / "lens.png", optimize=True)
    (folder / "attribution.svg").write_text(grid_of_heads(*attribution()), "utf8")
    (folder / "patching.svg").write_text(grid_of_heads(*patching()), "utf8")


@cache
def run(scene: str) -> tuple[Tensor, ActivationCache]:
    """Return the logits of a scene, and all that was computed on the way."""
    pixels = vw.images.prepare_image(
        vw.images.sample(scene), model.preprocessing
    ).pixels
    with torch.no_grad():
        return model.run_with_cache(pixels)


def picture(scene: str, side: int) -> Image.Image:
    """Return a scene as large as wanted, its pixels left square."""
    return vw.images.sample(scene).image.resize((side, side), Image.Resampling.NEAREST)


def panels(*images: Image.Image, between: int = 24) -> Image.Image:
    """Put pictures of one height side by side, on nothing."""
    width = sum(image.width for image in images) + between * (len(images) - 1)
    row = Image.new("RGBA", (width, images[0].height))
    left = 0
    for image in images:
        row.paste(image, (left, 0))
        left += image.width + between
    return row


def patches() -> Image.Image:
    """Draw a scene, and the same cut into patches."""
    side = 32
    whole = picture("cat-and-dog", GRID * side)
    apart = Image.new("RGBA", (GRID * (side + GAP), GRID * (side + GAP)))
    for row in range(GRID):
        for col in range(GRID):
            corner = (col * side, row * side)
            patch = whole.crop((*corner, corner[0] + side, corner[1] + side))
            apart.paste(patch, (col * (side + GAP), row * (side + GAP)))
    framed = Image.new("RGBA", (whole.width, apart.height))
    framed.paste(whole, (0, (apart.height - whole.height) // 2))
    return panels(framed, apart)


def attention() -> Image.Image:
    """Draw where two heads look, from the class token."""
    whole = picture("cat-and-dog", 256)
    return panels(whole, looked_at(whole, 1, 1), looked_at(whole, 4, 3))


def looked_at(whole: Image.Image, layer: int, head: int) -> Image.Image:
    """Darken a picture where a head does not look from the class token."""
    _, cached = run("cat-and-dog")
    weights = cached.pattern(layer, head, 0)[0, 1:].reshape(GRID, GRID).numpy()
    light = Image.fromarray(np.uint8(255 * weights / weights.max()))
    night = Image.new("RGB", whole.size, (24, 20, 44))
    return Image.composite(
        whole, night, light.resize(whole.size, Image.Resampling.NEAREST)
    )


def lens() -> Image.Image:
    """Draw what each patch says after four layers, with translators."""
    scene = "elephant-and-penguin"
    _, cached = run(scene)
    read = LogitLens(model, cached, translators=shipped_lens(model)).readings(top=1)
    side = 24
    sheets: list[Image.Image] = []
    for layer in (0, 1, 3, 5):
        sheet = Image.blend(
            picture(scene, GRID * side),
            Image.new("RGB", (GRID * side,) * 2, "white"),
            0.6,
        )
        classes = read.top_classes[0, layer + 1, 1:, 0].tolist()
        for place, index in enumerate(classes):
            top, left = (side * each for each in divmod(place, GRID))
            box = (left + 1, top + 1, left + side - 1, top + side - 1)
            draw_emoji(sheet, model.class_emoji[index], box)
        sheets.append(sheet)
    return panels(*sheets, between=16)


def attribution() -> tuple[NDArray[np.float64], str, str]:
    """Say what each head adds to elephant against penguin."""
    _, cached = run("elephant-and-penguin")
    split = direct_logit_attribution(
        model,
        cached,
        model.class_names.index("elephant"),
        versus=model.class_names.index("penguin"),
        measure="difference",
    )
    return split.heads[0].double().numpy(), "for the elephant", "for the penguin"


def patching() -> tuple[NDArray[np.float64], str, str]:
    """Say how far each head, taken from the dog's run, moves the cat's towards dog."""
    names = patching_sites(model, "heads")
    cat, dog = (
        model.run_with_cache(
            vw.images.prepare_image(
                vw.images.sample(scene), model.preprocessing
            ).pixels,
            names,
        )[1]
        for scene in ("cat-alone", "dog-alone")
    )
    sweep = activation_patching(model, cat, dog, over="heads", batch_size=1)
    for _ in sweep:
        pass
    return sweep.values.double().numpy(), "towards the dog", "away from the dog"


def grid_of_heads(values: NDArray[np.float64], more: str, less: str) -> str:
    """Draw numbers of heads as an SVG: orange above 0, blue below, each written out."""
    n_layers, n_heads = values.shape
    cell, left, top = 64, 40, 28
    width, height = left + n_heads * cell, top + n_layers * 34 + 30
    largest = np.abs(values).max()
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    names = [
        label(left + cell * (head + 0.5), 18, f"H{head}") for head in range(n_heads)
    ]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">',
        *names,
    ]
    for layer in range(n_layers):
        y = top + 34 * layer
        parts.append(label(20, y + 21, f"L{layer}"))
        for head in range(n_heads):
            value, x = values[layer, head], left + head * cell
            place = f'x="{x + 1}" y="{y + 1}" width="{cell - 2}" height="32"'
            parts.append(f'<rect {place} fill="{colour(value / largest)}"/>')
            parts.append(label(x + cell / 2, y + 21, f"{value:+.2f}", "#111"))
    parts.append(label(left + cell, height - 10, f"+ {more}", "#c2560f"))
    parts.append(label(left + 3 * cell, height - 10, f"- {less}", "#2a78c4"))
    return "\n".join([*parts, "</svg>", ""])


def label(x: float, y: float, text: str, fill: str = GREY) -> str:
    """Return text of an SVG, its middle at x."""
    place = f'x="{x:g}" y="{y:g}" font-size="13" text-anchor="middle"'
    return f'<text {place} fill="{fill}">{text}</text>'


def colour(share: float) -> str:
    """Return a colour from blue (-1) over white (0) to orange (1)."""
    full = ORANGE if share > 0 else BLUE
    mixed = 255 + (full - 255) * abs(share) * 0.8
    return "#" + "".join(f"{round(each):02x}" for each in mixed)


if __name__ == "__main__":
    main()
