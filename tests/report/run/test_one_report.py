"""Parameters and the order of cells: what papermill only warns of, or looks finished."""

from __future__ import annotations

import math

import nbformat
import numpy as np
import pytest

from cxlab.errors import ReportError
from cxlab.report import messages
from cxlab.report.run import one_report, template as parameters


def notebook(*sources: str, tags: tuple[str, ...] = ("parameters",)):
    cells = [
        nbformat.v4.new_code_cell(source, metadata={"tags": list(tags) if i == 0 else []})
        for i, source in enumerate(sources)
    ]
    return nbformat.v4.new_notebook(cells=cells)


DECLARED = parameters.declared_parameters(
    notebook(
        '# which study\nstudy: str\nlanguage: str = "en"\nseed: int = 7\nlevel: float ='
        " 0.95\ndraft: bool = False\nkeep: list[str] = []\nmove: dict[str, float] = {}"
    ),
    "report.ipynb",
)


def test_declared_parameters_are_read_with_type_and_default():
    """Protects the reading itself: names, kinds, defaults and what has none."""
    assert {name: p.kind for name, p in DECLARED.items()} == {
        "study": "str",
        "language": "str",
        "seed": "int",
        "level": "float",
        "draft": "bool",
        "keep": "list[str]",
        "move": "dict[str, float]",
    }
    assert DECLARED["study"].default is parameters.NEEDED
    assert DECLARED["level"].default == 0.95


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ('language = "en"', 'this line is not: language = "en"'.replace('"', "'")),
        ("language: str | None = None", "this line is not: language: str | None = None"),
        ("import os", "this line is not: import os"),
        ("a.b: int = 1", "this line is not: a.b: int = 1"),
        (
            "seed: int = len('abc')",
            "the value must be written out, not computed: seed: int = len('abc')",
        ),
        ("seed: int = '7'", "the value is not of the type declared: seed: int = '7'"),
        ("seed: int = 1\nseed: int = 2", "the parameter seed is declared twice"),
        ("seed: int =", "the parameters cell is not Python: invalid syntax; correct it"),
    ],
)
def test_a_template_that_declares_badly_is_refused(source, told):
    """Protects against parameters that papermill does not see, and so would not set."""
    with pytest.raises(ReportError) as refused:
        parameters.declared_parameters(notebook(source), "report.ipynb")
    assert str(refused.value).startswith("report.ipynb: ") and str(refused.value).endswith(told)


@pytest.mark.parametrize(
    ("book", "count"),
    [
        (notebook("a: int = 1", tags=()), 0),
        (
            nbformat.v4.new_notebook(
                cells=notebook("a: int = 1").cells + notebook("b: int = 1").cells
            ),
            2,
        ),
    ],
)
def test_exactly_one_parameters_cell(book, count):
    """Protects against the report that was made with the notebook's default client, because the tag
    was missing.
    """
    with pytest.raises(
        ReportError,
        match=(
            f"^report.ipynb: {count} code cells are tagged 'parameters'; there must be one: tag it"
            " in Jupyter$"
        ),
    ):
        parameters.declared_parameters(book, "report.ipynb")


GIVEN = {"study": "x"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"langauge": "en"}, "'langauge' is not a parameter of it"),
        ({"seed=1;import os": 1}, "'seed=1;import os' is not a parameter of it"),
        ({"seed": "7"}, "seed must be int, not str"),
        ({"seed": True}, "seed must be int, not bool"),
        ({"seed": np.int64(7)}, "seed must be int, not int64"),
        ({"level": math.nan}, "level must be float, not nan"),
        ({"language": None}, "language must be str, not NoneType"),
        ({"draft": 0}, "draft must be bool, not int"),
        ({"keep": ["a", 1]}, "keep must be list[str], not list"),
        ({"move": {1: 2.0}}, "move must be dict[str, float], not dict"),
    ],
)
def test_a_parameter_that_is_unknown_or_of_another_type_is_refused(given, told):
    """Protects against `langauge=`, 007 read as 7 and NaN written into a notebook."""
    with pytest.raises(ReportError) as refused:
        parameters.check_parameters(DECLARED, GIVEN | given, "report.ipynb")
    assert str(refused.value).startswith(f"report.ipynb: {told}; it declares: study: str, ")


def test_a_missing_parameter_is_refused_and_good_ones_pass():
    """Protects against a template's own default where it asked for a value; an int is a good
    float.
    """
    with pytest.raises(
        ReportError, match=r"^report.ipynb: study \(str\) must be given; it declares: "
    ):
        parameters.check_parameters(DECLARED, {"seed": 1}, "report.ipynb")
    good = parameters.check_parameters(
        DECLARED, {"study": "007", "level": 1, "keep": ["NO"], "move": {"a": 2}}, "report.ipynb"
    )
    assert (
        good == {"study": "007", "level": 1.0, "keep": ["NO"], "move": {"a": 2}}
        and type(good["level"]) is float
    )


def ran(*counts: int | None):
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# Title"), nbformat.v4.new_code_cell("  ")]
    )
    for count in counts:
        book.cells.append(nbformat.v4.new_code_cell("x", execution_count=count))
    return book


def test_cells_that_ran_in_order_pass():
    """Protects headings and empty cells from being taken for cells that never ran."""
    one_report.check_run(ran(1, 2, 3), "")


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        (
            (1, None, None),
            "cell 2 and those after it never ran; see what ends the notebook before it",
        ),
        ((1, 3), "cell 2 ran as number 3: cells did not run in order; run again with --resume"),
        ((2, 1), "cell 1 ran as number 2: cells did not run in order; run again with --resume"),
        ((1, 1), "cell 2 ran as number 1: cells did not run in order; run again with --resume"),
    ],
)
def test_half_a_run_is_no_run(counts, told):
    """Protects against a kernel that died while its notebook looks finished."""
    with pytest.raises(ReportError) as refused:
        one_report.check_run(ran(*counts), "")
    assert str(refused.value) == told


def test_an_error_is_no_run():
    """Protects against `sys.exit()`, after which a notebook looks finished."""
    book = ran(1, 2)
    book.cells[-1].outputs = [
        nbformat.v4.new_output("error", ename="SystemExit", evalue="", traceback=[])
    ]
    with pytest.raises(
        ReportError,
        match=(
            r"^cell 2: SystemExit: the notebook ended itself; take sys.exit\(\) out of the"
            r" notebook, "
        ),
    ):
        one_report.check_run(book, "")


def test_a_cause_is_one_line_without_colours_folders_or_addresses():
    """Protects the log: it is read in a table, and by people who may not see a respondent's
    address.
    """
    text = "\x1b[31mfirst\x1b[0m\n   second  at /home/someone/a.csv\n\n for a.b@example.org"
    assert messages.one_line(text) == "first second at a.csv for [e-mail]"
    assert messages.one_line("x" * 500) == "x" * 399 + "…"
