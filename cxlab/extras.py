"""What the extras of the package bring, and what is said where one of them is not installed.

`pip install cxlab` brings what a notebook of statistics needs. What makes reports, opens JupyterLab
or reads other programs' files is imported where it is used, inside `with needed():`, so that a
package that is missing is not a traceback but the line that installs it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from cxlab.errors import CxlabError, Said, said

# By extra: what is said (`package`: what is missing), and the modules that it brings.
_INSTALL = "{package}, which is not installed; install it with: pip install "
EXTRAS = {
    "report": (
        f"reports, notes and tables in Markdown need {_INSTALL}'cxlab[report]'",
        ("papermill", "nbclient", "nbconvert", "nbformat", "ipykernel", "weasyprint", "pptx")
        + ("xlsxwriter", "mistune", "tinyhtml5", "tabulate", "psutil", "tqdm"),
    ),
    "lab": (
        f"JupyterLab and the explorers need {_INSTALL}'cxlab[lab]'",
        ("jupyterlab", "jupyter_server", "ipywidgets"),
    ),
    "files": (
        f"files of SPSS and Stata, .xls and .ods need {_INSTALL}'cxlab[files]'",
        ("pyreadstat", "python_calamine"),
    ),
    "events": (f"a log of events needs {_INSTALL}'cxlab[events]'", ("duckdb",)),
    "comments": (
        f"the words of comments need {_INSTALL}'cxlab[comments]'",
        ("snowballstemmer",),
    ),
    "cluster": (f"a Dask cluster needs {_INSTALL}'cxlab[cluster]'", ("dask", "distributed")),
}
# Extras that a study needs which declares the key of the same name, and the section of the report
# that does.
SECTION_OF_EXTRA = {"comments": "voices", "events": "paths"}


class ExtraError(CxlabError, ImportError):
    """A package that is not installed: names it, and the extra of cxlab that brings it."""

    @property
    def said(self) -> Said:
        """The same as what a fault of a study says."""
        return said(self.template, **self.values)


@contextmanager
def needed() -> Iterator[None]:
    """Around an import: raises ExtraError where a package of an extra is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        for template, modules in EXTRAS.values():
            if package in modules:
                raise ExtraError(template, package=package) from None
        raise


def require(extra: str) -> None:
    """Raises ExtraError where a package of the extra is missing; imports none of them."""
    with needed():
        for module in EXTRAS[extra][1]:
            if find_spec(module) is None:
                raise ModuleNotFoundError(name=module)
