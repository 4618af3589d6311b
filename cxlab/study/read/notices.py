"""Warnings: what is allowed but will cost the reader something, and what no machine can know but
may suspect.
"""

import functools
import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from cxlab.errors import Fault
from cxlab.study.codebook.schema import Codebook
from cxlab.study.read.answers import Answers
from cxlab.study.read.cells import ANSWERED, row_numbers
from cxlab.study.read.files import Table
from cxlab.study.read.waves import natural_order

# A negative correlation this strong and this certain is a warning: nobody's loyalty falls as the
# experience improves.
REVERSED_R, REVERSED_Z = -0.1, -3.0
_warning = functools.partial(Fault, severity="warning")


def notices(codebook: Codebook, tables: list[Table], answers: Answers) -> Iterator[Fault]:
    """Every warning of a study without errors. `tables` are the files that the answers are from."""
    values, weights, least = answers.values, answers.weights, codebook.report.min_cell
    yield from _suspicious_ratings(codebook, values)
    yield from _unanswered(codebook, values)
    silent = ~(answers.states == ANSWERED).any(axis=1)
    if count := int(silent.sum()):
        index = functools.reduce(pd.Index.append, [table.frame.index for table in tables])
        problem = f"{count} {'row holds' if count == 1 else 'rows hold'} no answer at all"
        fix = "a total or a blank row? leave it out by include:"
        yield _warning(problem, rows=row_numbers(index, silent), fix=fix)
    if weights is not None and weights.nunique() == 1:
        problem = "all weights are equal: the study counts as unweighted"
        yield _warning(problem, column=codebook.weight.column)
    waves = answers.text[codebook.wave] if codebook.wave else pd.Series(dtype=object)
    fewest = waves.value_counts().min()
    if fewest < least:
        problem = f"a wave has {fewest} respondents, fewer than min_cell {least}: its results will"
        yield _warning(f"{problem} be hidden", column=codebook.wave)
    if len(answers.text) < least:
        problem = f"{len(answers.text)} respondents are fewer than min_cell {least}: a report would"
        yield _warning(f"{problem} show nothing")
    if codebook.wave and not codebook.waves:
        names = list(waves.dropna().astype(str).str.strip().unique())
        in_files = all(table.frame[codebook.wave].nunique() == 1 for table in tables)
        if natural_order(names) is None and not in_files:
            problem = "the order of the waves cannot be told; taken as they come:"
            problem, fix = f"{problem} {', '.join(names)}", "declare `waves: [first, second, …]`"
            yield _warning(problem, column=codebook.wave, fix=fix)
    yield from _open_addresses(codebook, tables)


def _suspicious_ratings(codebook: Codebook, values: pd.DataFrame) -> Iterator[Fault]:
    """Ratings that never vary, and scales that run the wrong way."""
    outcome = codebook.main_outcome
    for point in codebook.journey:
        if not point.experience:
            continue
        rating, column = values[point.touchpoint, "experience"], " + ".join(point.experience)
        fix = "check that this is the right column; models will refuse it"
        yield from _constant(rating, column, fix)
        if outcome is None:
            continue
        both = pd.DataFrame({"x": rating, "y": values[outcome, "outcome"]}).dropna()
        if len(both) < 20 or both.nunique().min() < 2:
            continue
        r = float(np.corrcoef(both["x"], both["y"])[0, 1])
        if r < REVERSED_R and math.atanh(max(r, -0.999999)) * math.sqrt(len(both) - 3) < REVERSED_Z:
            problem = f"better experience goes with lower {outcome} (r = {r:.2f}, n = {len(both)})"
            fix = (
                "check whether the scale is reversed (`reverse: true`) or two columns were swapped"
            )
            yield _warning(problem, column=column, fix=fix)


def _unanswered(codebook: Codebook, values: pd.DataFrame) -> Iterator[Fault]:
    """Questions without an answer, and outcomes that never vary."""
    for name, role in values.columns[values.isna().all()]:
        fix = "check the column and its codes"
        yield _warning("nobody answered this", column=f"{name} ({role})", fix=fix)
    for outcome in codebook.outcomes:
        answers, column = values[outcome.outcome, "outcome"], " + ".join(outcome.columns)
        yield from _constant(answers, column, "nothing can be explained by it")


def _constant(answers: pd.Series, column: str, fix: str) -> Iterator[Fault]:
    answers = answers.dropna()
    if len(answers) > 1 and answers.nunique() == 1:
        value = f"{answers.iloc[0]:g}"
        yield _warning("every answer is the same", column=column, value=value, fix=fix)


def _open_addresses(codebook: Codebook, tables: list[Table]) -> Iterator[Fault]:
    """Columns of e-mail addresses that are not declared as personal data."""
    known = set(codebook.personal_data)
    for frame in (table.frame for table in tables):
        for column in frame.columns.difference(list(known), sort=False):
            cells = frame[column].astype(str)
            if cells.str.contains(r"[^@\s]+@[^@\s]+\.[a-z]", case=False).mean() > 0.5:
                known.add(column)
                fix = "declare it under personal_data"
                yield _warning("this column holds e-mail addresses", column=column, fix=fix)
