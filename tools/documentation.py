"""Builds the documentation site into build/site; every warning is an error.

Pages in docs/ are plain Markdown that can be read where it lies: there, a view is a
picture and a tutorial is a notebook. On the site the view is live and the tutorial a
page.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
TUTORIALS = sorted((ROOT / "examples").glob("*.ipynb"))

_TO_NOTEBOOK = re.compile(r"\]\(\.\./examples/(\w+)\.ipynb\)")
_PICTURE_OF_A_VIEW = re.compile(r"(?m)^!\[([^]]*)\]\(images/([a-z-]+)\.png\)$")


def main() -> int:
    """Build the site; return Sphinx's exit code."""
    from sphinx.cmd.build import build_main  # noqa: PLC0415 - only where it is built

    source, site = ROOT / "build/docs", ROOT / "build/site"
    for folder in (source, site):
        shutil.rmtree(folder, ignore_errors=True)
    write_pages(source)
    publish_views(source / "beside/gallery")
    start = source / "index.md"
    text = with_live_views(start.read_text("utf8"), source / "beside/gallery")
    start.write_text(text, "utf8")
    # Afresh, since a page that isn't read again doesn't repeat its warnings.
    options = ["--quiet", "--fail-on-warning", "--keep-going", "--fresh-env"]
    code = build_main([*options, str(source), str(site)])
    if code == 0:
        print(f"The documentation is in {site.relative_to(ROOT)}/index.html")
    return code


def write_pages(folder: Path) -> None:
    """Write all pages of the site, the tutorials and the changes among them."""
    shutil.copytree(DOCS, folder, ignore=shutil.ignore_patterns("*.py"))
    shutil.copy(DOCS / "conf.py", folder)
    for page in folder.glob("*.md"):
        page.write_text(_TO_NOTEBOOK.sub(r"](tutorials/\1.md)", page.read_text("utf8")))
    for name in ("CHANGELOG.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text("utf8").replace("](docs/", "](")
        (folder / name.lower()).write_text(text, "utf8")
    for part in ("tutorials", "beside/tutorials"):
        (folder / part).mkdir(parents=True)
    for notebook in TUTORIALS:
        (folder / f"tutorials/{notebook.stem}.md").write_text(
            tutorial(notebook), "utf8"
        )
        shutil.copy(notebook, folder / "beside/tutorials")


def tutorial(path: Path) -> str:
    """Return a notebook as Markdown, with a link to the notebook itself."""
    cells = json.loads(path.read_text("utf8"))["cells"]
    blocks = [block(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    where = (
        f'To read. The views are live in <a href="{path.name}">the notebook</a>: '
        "`make lab`, or put it into a JupyterLab that has vitwidgets."
    )
    return "\n\n".join([blocks[0], where, *blocks[1:]]) + "\n"


def block(kind: str, source: str) -> str:
    """Return a notebook's cell as Markdown."""
    return source if kind == "markdown" else f"```python\n{source}\n```"


def publish_views(folder: Path) -> None:
    """Write a page for each view, live with no kernel."""
    import vitwidgets as vw  # noqa: PLC0415 - torch, only where pages are really built

    model, sample = vw.load_model(), vw.images.sample
    two = sample("elephant-and-penguin")
    views = [
        vw.AttentionHeadTour(model, sample("cat-and-dog"), layer=1, head=1),
        vw.EmojiLogitLens(model, two, lens="tuned", layer=1),
        vw.WordLens(
            vw.load_model("emoji-clip"),
            sample("cat-and-dog"),
            ["cat", "dog", "fox", "a red car", "two eggs"],
            mode="heat",
            target="cat",
        ),
        vw.LogitAttribution(model, two, versus="penguin"),
        vw.ClickToPatch(model, sample("cat-alone"), sample("dog-alone")),
    ]
    vw.publish(folder, views, title="Live views of a small vision transformer")


def with_live_views(start: str, gallery: Path) -> str:
    """Return the start page with each view in place of its picture."""
    pages = {
        re.sub(r"^\d+-", "", path.stem): path.name for path in gallery.glob("*.html")
    }

    def live(picture: re.Match[str]) -> str:
        title, view = picture.groups()
        page = f"gallery/{pages[view]}"
        return f'<iframe src="{page}" title="{title}" loading="lazy"></iframe>'

    return _PICTURE_OF_A_VIEW.sub(live, start)


if __name__ == "__main__":
    sys.exit(main())
