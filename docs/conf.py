"""Sphinx's settings; ``make docs`` builds with every warning an error.

The site opens from disk and loads nothing from anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx.util.inspect import signature, stringify_signature

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "vitwidgets"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["beside"]

myst_heading_anchors = 4  # links to headings, as forges make them

html_theme = "furo"
html_title = "vitwidgets"
html_copy_source = False
html_show_copyright = False
html_show_search_summary = False  # fetched from each page, which disks forbid
html_static_path = ["style"]
html_css_files = ["site.css"]
html_extra_path = ["beside"]  # files that are no pages of Sphinx: live views, notebooks

# What a view says to its page, to pictures and to ipywidgets is no one else's.
_BETWEEN_PARTS = (
    "answers,caption,close,hold_trait_notifications,kept_answers,page_note,"
)
_BETWEEN_PARTS += "slow_requests,still,svg"
autodoc_default_options = {
    "members": True,
    "member-order": "bysource",
    "exclude-members": _BETWEEN_PARTS,
}
autodoc_typehints_format = "short"
default_role = "code"
maximum_signature_line_length = 72
napoleon_attr_annotations = False
napoleon_google_docstring = False
napoleon_use_rtype = False
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"


def with_arguments(  # noqa: D103 - as Sphinx calls it
    _app: Sphinx,
    kind: str,
    _name: str,
    thing: type,
    _options: object,
    shown: str,
    _: str,
) -> tuple[str, str] | None:
    # traitlets hides the arguments of views behind *args.
    if kind != "class" or not str(shown).startswith("(*args"):
        return None
    own = signature(thing.__init__, bound_method=True)
    return stringify_signature(own, unqualified_typehints=True), ""


def setup(app: Sphinx) -> None:  # noqa: D103 - as Sphinx calls it
    app.connect("autodoc-process-signature", with_arguments)
