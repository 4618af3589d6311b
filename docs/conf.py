"""How Sphinx builds the site: `make docs`. It asks nothing of the network."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from make_pages import escaped, write_pages

import cxlab

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


def setup(app) -> None:
    """Escapes what docstrings mean as it stands."""

    def plain(_app, _what, _name, _object, _options, lines) -> None:
        lines[:] = escaped("\n".join(lines)).split("\n")

    app.connect("autodoc-process-docstring", plain, priority=900)
