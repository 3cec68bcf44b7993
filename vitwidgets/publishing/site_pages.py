"""The pages of a site, as text: they work from disk, and load nothing from elsewhere.

Browsers let a page that lies on disk load scripts, styles and pictures beside it, but
neither modules nor data. What pages share is therefore in scripts of the plain kind,
which hand it to the page's host (``js/src/host/held.ts``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from string import Template
from typing import TYPE_CHECKING

from vitwidgets.widgets.exported_page import script_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vitwidgets.widgets.exported_page import PageContents

# "file:" beside 'self': of a page on disk some browsers say that it is no origin.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline' 'self' file:; "
    "img-src data: blob: 'self' file:; "
    "script-src 'unsafe-inline' blob: 'wasm-unsafe-eval' 'self' file:"
)
_HEAD = f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<link rel="stylesheet" href="assets/site.css">
"""
_INDEX = Template(
    _HEAD
    + """\
</head>
<body class="index">
<header><h1>$title</h1></header>
<main class="cards">
$cards
</main>
<footer>Made with vitwidgets. These pages need neither a kernel nor a network.</footer>
</body>
</html>
"""
)
_CARD = Template("""\
<a class="card" href="$page">
<img src="$picture" alt="">
<h2>$kind</h2>
<p>$about</p>
<p class="model">$model</p>
$live</a>
""")
_PAGE = Template(
    _HEAD
    + """\
$styles
</head>
<body>
<nav><a href="index.html">← $site</a></nav>
<header><h1>$heading</h1>$live</header>
<main id="view"><noscript>This page needs JavaScript.</noscript></main>
<footer>$note</footer>
<script id="data" type="application/json">$data</script>
$scripts
<script>
if (window !== window.top) document.querySelector("nav").remove();
if (window.vwHost) vwHost.openPage(window.vwLive);
else document.getElementById("view").textContent = $missing;
</script>
</body>
</html>
"""
)
_LIVE = '<p class="live">Computed in this page</p>'
_MISSING = (
    "This page lacks the folder assets, which lies beside it: copy the whole site, not "
    "one page of it."
)

SITE_CSS = """\
:root { color-scheme: light dark; background: Canvas; color: CanvasText; }
body { max-width: 1500px; margin: 16px auto; padding: 0 16px; }
body, h1, h2 { font: 13px/1.45 system-ui, sans-serif; }
header, nav, footer { margin: 12px 2px; }
#view > div + div { margin-top: 16px; }
header { display: flex; gap: 12px; align-items: baseline; flex-wrap: wrap; }
h1, h2, p { margin: 0; }
.live { padding: 0 8px; border: 1px solid; border-radius: 9px; }
.index { max-width: 1100px; }
.index header, .index footer { margin: 32px 2px; }
.index h1 { font-size: 26px; font-weight: 650; line-height: 1.2; }
.cards { display: grid; gap: 20px;
  grid-template-columns: repeat(auto-fill, minmax(min(320px, 100%), 1fr)); }
.card { display: flex; flex-direction: column; gap: 4px; padding: 14px;
  border-radius: 14px; color: inherit; text-decoration: none; overflow-wrap: anywhere;
  background: color-mix(in srgb, CanvasText 6%, Canvas); }
.card:hover { background: color-mix(in srgb, CanvasText 11%, Canvas); }
.card:focus-visible { outline: 3px solid Highlight; }
.card img { width: 100%; height: auto; aspect-ratio: 41 / 20; margin-bottom: 8px; }
.card h2 { font-size: 17px; font-weight: 600; }
.card p { font-size: 14px; }
.card .model { font-size: 12px; opacity: 0.75; }
.card .live { align-self: start; margin-top: 4px; font-size: 12px; }
"""


@dataclass(frozen=True)
class Card:
    """A page, as the index shows it.

    Attributes
    ----------
    name
        What its files are called.
    kind
        What kind of view it is: "Click to patch".
    caption
        What it shows.
    about
        What that is good for, in a sentence.
    model
        The model's name.
    is_live
        Whether the page computes the model.
    """

    name: str
    kind: str
    caption: str
    about: str
    model: str
    is_live: bool

    @property
    def page(self) -> str:
        """Path in the site."""
        return f"{self.name}.html"


def index_text(title: str, cards: Sequence[Card]) -> str:
    """Return the page that leads to all others."""
    return _INDEX.substitute(
        title=escape(title),
        cards="".join(
            _CARD.substitute(
                page=escape(card.page),
                picture=escape(f"assets/{card.name}.png"),
                kind=escape(card.kind),
                about=escape(card.about),
                model=escape(card.model),
                live=f"{_LIVE}\n" if card.is_live else "",
            )
            for card in cards
        ),
    )


def page_text(
    *,
    site: str,
    heading: str,
    styles: Sequence[str],
    contents: PageContents,
    data: object,
    scripts: Sequence[str],
    is_live: bool,
) -> str:
    """Return the page of one view or lesson.

    Parameters
    ----------
    site
        The title of the site.
    heading
        What the page shows, above it.
    styles
        Of the assets, what those are called that the page is styled by.
    contents
        The view.
    data
        What ``js/src/host/exported_page.ts`` reads.
    scripts
        Of the assets, those that the page runs.
    is_live
        Whether it computes the model.
    """
    return _PAGE.substitute(
        site=escape(site),
        title=escape(contents.title),
        note=escape(f"{contents.note} {contents.held()}".strip()),
        heading=escape(heading),
        styles="\n".join(
            f'<link rel="stylesheet" href="assets/{escape(each)}.css">'
            for each in styles
        ),
        data=script_json(data),
        scripts="\n".join(
            f'<script src="assets/{escape(each)}"></script>' for each in scripts
        ),
        missing=json.dumps(_MISSING),
        live=_LIVE if is_live else "",
    )


def holding_script(name: str, asset: object) -> str:
    """Return a script that gives an asset to the page that it is in."""
    return f"vwHost.hold({json.dumps(name)}, {json.dumps(asset)});\n"
