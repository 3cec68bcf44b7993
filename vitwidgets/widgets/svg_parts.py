"""Parts of the stills that are written as SVG."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from io import BytesIO
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

_OPENING = Template(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 $width $height" '
    'width="$width" height="$height" font-family="sans-serif" font-size="11">\n'
    "<title>$title</title>\n"
    '<rect width="100%" height="100%" fill="white"/>'
)
_IMAGE = Template(
    '<image x="$x" y="$y" width="$width" height="$height" preserveAspectRatio="none" '
    'style="image-rendering: pixelated" href="data:image/png;base64,$data">'
    "<title>$name</title></image>"
)


def opening(width: int, height: int, title: str) -> str:
    """Begin a drawing on white; ``</svg>`` ends it."""
    return _OPENING.substitute(width=width, height=height, title=title)


def plain_words(words: str) -> str:
    """Make any text fit to stand in a drawing."""
    return escape("".join(c if c.isprintable() else "\ufffd" for c in words))


def text(x: float, y: float, words: str, anchor: str) -> str:
    """Write words, which `plain_words` made, at a place."""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{words}</text>'


def embedded_image(
    pixels: Image.Image, name: str, place: tuple[int, int], size: tuple[int, int]
) -> str:
    """Place a picture, each of its pixels a sharp square."""
    png = BytesIO()
    pixels.save(png, "PNG")
    (x, y), (width, height) = place, size
    return _IMAGE.substitute(
        x=x,
        y=y,
        width=width,
        height=height,
        data=b64encode(png.getvalue()).decode(),
        name=name,
    )
