"""How Sphinx builds the site: `make docs`. It asks nothing of the network."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from make_pages import escaped, full_name, public_names, write_pages
from sphinx.util.logging import getLogger

import cxlab

LOGGER = getLogger(__name__)

project, author = "cxlab", "cxlab contributors"
project_copyright = author
release = version = cxlab.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_nb",
    "sphinx_design",
    "sphinx_copybutton",
]
exclude_patterns = ["methods.txt", "made/rooms.txt", "**/.ipynb_checkpoints"]
templates_path = ["templates"]
# A single backtick in a docstring names what it names where that is known, and is code elsewhere.
default_role = "py:obj"

autosummary_generate = True
autosummary_imported_members = True
autodoc_typehints = "none"  # docstrings say types in words
numpydoc_show_class_members = False
numpydoc_use_plots = False

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_execution_in_temp = True

html_theme = "pydata_sphinx_theme"
html_title = f"cxlab {release}"
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 11,
    "show_prev_next": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}
html_sidebars = {page: [] for page in ("student", "study", "made/methods", "made/glossary")}
html_show_sourcelink = False
html_static_path = ["static"]
html_css_files = ["site.css"]
copybutton_exclude = ".linenos, .gp, .go"

write_pages()


def resolved(app, env, node, shown):
    """Where a name of cxlab stands in the reference, by whichever of its names it is called; one
    that is nowhere is an error of the page.
    """
    target = node.get("reftarget", "")
    if not target.startswith("cxlab.") or not node.get("refexplicit"):
        return None
    known = {name: full_name(room, name) for room, name, _one in public_names()}
    full = known.get(target.rpartition(".")[2], target)
    place = node.get("refdoc", "")
    found = env.domains["py"].resolve_xref(env, place, app.builder, "obj", full, node, shown)
    if found is None:
        LOGGER.warning("%s: there is no %s", place, target, location=node)
    return found


def setup(app) -> None:
    """Escapes what docstrings mean as it stands; finds names that stand in several rooms."""

    def plain(_app, _what, _name, _object, _options, lines) -> None:
        lines[:] = escaped("\n".join(lines)).split("\n")

    app.connect("autodoc-process-docstring", plain, priority=900)
    app.connect("missing-reference", resolved)
