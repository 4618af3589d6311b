"""A lesson's check is right and kind: a right answer is "right" whatever it was put in, a wrong one
"not yet", and an odd one no traceback.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cxlab as cx

LESSONS = Path(__file__).resolve().parents[1] / "notebooks" / "learn"
ODD = [None, "", [], (), set(), {}, np.nan, "a word", [1, 2], np.array(3), pd.Series(dtype=object)]
FORM, RATIO, DRIVERS = (
    "01_gap_scores_can_mislead",
    "02_is_exceeding_worth_it",
    "03_a_bystander_takes_the_credit",
)


def kept(value: object) -> list[object]:
    """A single answer in everything that a notebook may keep it in."""
    return [value, [value], (value,), {value}, pd.Series([value]), np.array([value])]


def numbers(value: float) -> list[object]:
    return [*kept(value), np.float64(value), str(value), str(value).replace(".", ",")]


@pytest.fixture(scope="module")
def check():
    """What the check of a lesson says, given the answers by name."""
    cells, given = {}, {}
    for path in sorted(LESSONS.glob("*.ipynb")):
        sources = [
            ("".join(cell["source"]), cell["metadata"].get("tags", []))
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
            if cell["cell_type"] == "code"
        ]
        (cells[path.stem],) = (source for source, _ in sources if "not yet" in source)
        (asked,) = (source for source, tags in sources if "exercise" in tags)
        given[path.stem] = {"add_echo": lambda study, *_, **__: study}
        run("import re\nimport numpy as np\nimport cxlab as cx\n" + asked, given[path.stem])
    return lambda lesson, **answers: run(cells[lesson], given[lesson] | answers)


def run(source: str, names: dict) -> object:
    """The value of a cell's last line, as a notebook shows it."""
    *body, last = ast.parse(source).body
    exec(compile(ast.Module(body, []), "cell", "exec"), names)
    if not isinstance(last, ast.Expr):
        return exec(compile(ast.Module([last], []), "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names)


def test_every_lesson_has_a_check():
    assert {path.stem for path in LESSONS.glob("*.ipynb")} == {FORM, RATIO, DRIVERS}


def test_the_form_and_its_slope(check):
    for form in [*kept("difference"), " Difference ", np.str_("difference"), "diferença"]:
        said = check(FORM, chosen_form=form, slope_of_expectation=-4.08)
        assert said == "form: right; slope of expectation: right", form
    for slope in [*numbers(-4.08), -4, -3.9, "−4,1"]:
        said = check(FORM, chosen_form="E+P", slope_of_expectation=slope)
        assert said == "form: not yet; slope of expectation: right", slope
    for wrong in [4.08, -3.4, 0, *ODD]:
        said = check(FORM, chosen_form=wrong, slope_of_expectation=wrong)
        assert said == "form: not yet; slope of expectation: not yet", wrong


def test_the_ratio_and_the_verdict(check):
    for no in [*kept(False), *kept(np.False_), "no", "No ", "não", "False", "falso"]:
        said = check(RATIO, other_ratio=0.92, losses_weigh_more=no)
        assert said == "ratio: right; do losses weigh more: right", no
    for ratio in [*numbers(0.917), 1, "0.9"]:
        said = check(RATIO, other_ratio=ratio, losses_weigh_more=True)
        assert said == "ratio: right; do losses weigh more: not yet", ratio
    for wrong in [0.51, 1.49, -1, np.True_, "yes", "sim", *ODD]:
        said = check(RATIO, other_ratio=wrong, losses_weigh_more=wrong)
        assert said == "ratio: not yet; do losses weigh more: not yet", wrong


def test_the_drivers(check):
    both = ["support", "website"]
    for answer in [
        *(kind(both) for kind in (list, tuple, set, frozenset, pd.Series, pd.Index, np.array)),
        *("support, website", "Website and support", "website e support", "support website"),
    ]:
        said = check(DRIVERS, worth_money=answer)
        assert said == "right: 2 of 2 planted drivers", answer
    said = check(DRIVERS, worth_money=[*both, "chat_face"])
    assert said == "not yet: 2 of 2 planted drivers; a bystander: chat_face"
    assert check(DRIVERS, worth_money="support") == "not yet: 1 of 2 planted drivers"
    for wrong in ODD:
        assert check(DRIVERS, worth_money=wrong).startswith("not yet: 0 of 2"), wrong


def test_the_answers_of_the_solutions_are_right(check):
    """The exercises' own studies, analysed."""
    other = cx.simulate_study(n=500, seed=43, form="difference", slopes={"delivery": 4})
    slope = cx.fit_gap(other, "delivery", outcome="loyalty", form="E+P").params["expectation"]
    assert check(FORM, chosen_form="", slope_of_expectation=slope).endswith(": right")
    other = cx.simulate_study(n=600, seed=43, form="difference", slopes={"support": 3})
    ratio = cx.disconfirmation(other, "support", outcome="loyalty", n_boot=0).set_index("term")
    row = ratio.loc["loss_ratio"]
    said = check(RATIO, other_ratio=row["estimate"], losses_weigh_more=row["conf_low"] > 1)
    assert said == "ratio: right; do losses weigh more: right"
