"""Warnings: what is allowed but will cost the reader something, and what no machine can know but
may suspect.
"""

import functools
import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from cxlab.errors import Fault, said
from cxlab.study.codebook.consistency import asked_twice
from cxlab.study.codebook.normal import natural_order, repeated
from cxlab.study.codebook.question import CHOICE
from cxlab.study.codebook.roles import KANO_ROLES, KANO_SCALE
from cxlab.study.codebook.row_keys import Named, answers_of_study
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.table import Table, by_file
from cxlab.study.read.answers import Answers, ByQuestion
from cxlab.study.read.cells import ANSWERED, MANY_VALUES, meant, trimmed
from cxlab.study.read.choices import named_in
from cxlab.study.read.distinct import distinct
from cxlab.study.read.suspicions.every import OF_ANSWERS, suspicions
from cxlab.study.steps import marked

# What the label of a row begins with that sums the others up.
TOTAL = re.compile(
    r"^[^\w\n]*(?:(?:sub|grand)[- ]?)?(?:totals?|totais|m[eé]dias?|means?|averages?|avg|soma|sum"
    r"|geral|overall|base|mediana|median|desvio[- ]padr[aã]o|st(?:d|andard)[. ]*dev\w*)\b",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"[^@\s]@[^@\s]+\.[a-z]", re.IGNORECASE)
_warning = functools.partial(Fault, severity="warning")


def notices(codebook: Codebook, tables: list[Table], answers: Answers) -> Iterator[Fault]:
    """Every warning of a study without errors. `tables` are the files that the answers are from."""
    text, weights, least = answers.text, answers.weights, codebook.report.min_cell
    yield from _unanswered(codebook, answers.values)
    yield from _silent(tables, answers)
    if weights is not None and weights.nunique() == 1:
        problem = "all weights are equal: the study counts as unweighted"
        yield _warning(problem, column=codebook.weight.column)
    waves = text[codebook.wave] if codebook.wave else pd.Series(dtype=object)
    if (n := waves.value_counts().min()) < least:
        problem = said(
            "a wave has {n} respondents, fewer than min_cell {least}: its results will be hidden",
            n=n,
            least=least,
        )
        yield _warning(problem, column=codebook.wave)
    if (n := len(text)) < least:
        problem = said(
            "{n} respondents are fewer than min_cell {least}: a report would show nothing",
            n=n,
            least=least,
        )
        yield _warning(problem)
    if codebook.wave and not codebook.waves:
        names = trimmed(waves.dropna()).unique()
        in_files = all(table.frame[codebook.wave].nunique() == 1 for table in tables)
        if natural_order([*names]) is None and not in_files:
            problem = said(
                "the order of the waves cannot be told; taken as they come: {waves}",
                waves=", ".join(names),
            )
            fix = "declare `waves: [first, second, …]`"
            yield _warning(problem, column=codebook.wave, fix=fix)
    yield from answers_nowhere(codebook, answers_of_study(codebook), [text])
    yield from _names_nowhere(codebook)
    yield from _labels_twice(codebook)
    yield from _resolved_without_problem(codebook, text)
    yield from _open_addresses(codebook, tables)
    yield from suspicions(OF_ANSWERS, codebook, tables, answers)


def answers_nowhere(
    codebook: Codebook, named: Iterable[Named], frames: Sequence[pd.DataFrame]
) -> Iterator[Fault]:
    """Answers that keys name and that nobody gave."""
    for key, column, declared in named:
        cells = [frame[column] for frame in frames if column in frame]
        there = {str(cell).strip() for one in cells for cell in one.dropna().unique()}
        lost = [name for name in declared if name.strip() not in there]
        if cells and lost:
            problem = said("declared under {key}, and no respondent answered it", key=key)
            fix = "compare its spelling with the data, or take it out"
            if column not in codebook.personal_data:
                fix = meant(lost, there) or fix
            yield _warning(problem, column=column, value=", ".join(lost), fix=fix)


def unlisted(codebook: Codebook, tables: list[Table]) -> Iterator[Fault]:
    """Waves, levels and choices of the data that the codebook's own list of them leaves out."""
    lists = {column: ("segments", one.levels) for column, one in codebook.levelled.items()}
    lists |= {codebook.wave: ("waves", codebook.waves)}
    questions = {c: one for one in codebook.multiple_response for c in one.questions[CHOICE]}
    lists |= {column: (one.id, one.listed) for column, one in questions.items()}
    for column, (key, names) in lists.items():
        for table in tables if names else ():
            cells = table.frame.get(column, pd.Series(dtype=object)).fillna("").str.strip()
            of = questions.get(column)
            held = {cell: named_in(cell, of) if of else [cell] for cell in cells.unique() if cell}
            named = dict.fromkeys(name for each in held.values() for name in each)
            unknown = [name for name in named if name not in names]
            # Where very many are unknown, the list is meant for another column.
            groups = [unknown] if len(unknown) > MANY_VALUES else [[name] for name in unknown]
            for group in groups:
                listed = ", ".join([*names][:MANY_VALUES])
                problem = said(
                    "not one of those listed under {key}: {listed}", key=key, listed=listed
                )
                fix = meant(group[:1], names) or "list it too, recode it, or leave it out"
                holding = [cell for cell, each in held.items() if {*each} & {*group}]
                yield table.fault(problem, cells.isin(holding), column, ", ".join(group[:3]), fix)


def total_rows(codebook: Codebook, tables: list[Table]) -> Iterator[Fault]:
    """Rows that a spreadsheet adds below or above the answers: what stands where a respondent is
    named says so, or what stands alone in its column in the first or last row.
    """
    texts = {comment.column for comment in codebook.comments.values()}
    for table in (table for table in tables if len(table.frame)):
        for column in table.frame.columns.difference([*texts], sort=False):
            cells = table.frame[column]
            ends = cells if column == codebook.respondent else cells.iloc[[0, -1]]
            if not TOTAL.search("\n".join(map(str, ends))):
                continue
            for cell in sorted({cell for cell in map(str, ends) if TOTAL.match(cell)}):
                here, fix = cells == cell, "leave it out by include:"
                if ends is cells or (here.sum() == 1 and len(cell.split()) < 4):  # not a comment
                    yield table.warning("is this row a total?", here, column, cell, fix)


def _labels_twice(codebook: Codebook) -> Iterator[Fault]:
    """Labels that two touchpoints have."""
    points = codebook.touchpoints
    for language in codebook.report.languages:
        for word in repeated(p.label[language] for p in points if language in p.label):
            fix = "give each a label of its own: a reader cannot tell them apart"
            problem = said("two touchpoints have one label in {language}", language=language)
            yield _warning(problem, column="touchpoints", value=word, fix=fix)


def _names_nowhere(codebook: Codebook) -> Iterator[Fault]:
    """Scales and stages that are declared and used nowhere, and columns that are used twice."""
    scales = {one.scale for one in codebook.items if isinstance(one.scale, str | None)}
    if any(set(point.questions) & set(KANO_ROLES) for point in codebook.touchpoints):
        scales.add(KANO_SCALE)
    # The only scale need not be named where it is used.
    if None in scales and len(others := {*codebook.scales} - {KANO_SCALE}) == 1:
        scales |= others
    for column, words in asked_twice(codebook).items():
        problem = said(
            "it answers several questions ({roles}): none explains the other",
            roles="; ".join(words),
        )
        yield _warning(problem, column=column)
    stages = {point.stage for point in codebook.touchpoints}
    for key, names in (
        ("scales", [name for name in codebook.scales if name not in scales]),
        ("stages", [one.stage for one in codebook.stages if one.stage not in stages]),
    ):
        if names:
            problem = said("declared under {key}, and nothing uses it", key=key)
            fix = "take it out, or name it where it is meant"
            yield _warning(problem, value=", ".join(names), fix=fix)


def _resolved_without_problem(codebook: Codebook, text: pd.DataFrame) -> Iterator[Fault]:
    """Who says that a problem was resolved, and that there was none."""
    if codebook.problems is None or codebook.problems.resolved is None:
        return
    asked = codebook.problems.had, codebook.problems.resolved
    had, resolved = (marked(text[one.column], one) for one in asked)
    if count := int(((had == 0) & (resolved == 1)).sum()):
        column, fix = codebook.problems.resolved.column, "they count as without a problem"
        problem = said(
            "{count} say that their problem was resolved, and that they had none", count=count
        )
        yield _warning(problem, column=column, fix=fix)


def _silent(tables: list[Table], answers: Answers) -> Iterator[Fault]:
    """Rows without a single answer, file by file; a study of problems alone asks none."""
    if not answers.states:
        return
    silent = np.ones(len(answers.text), dtype=bool)
    for states in answers.states.values():
        silent &= states != ANSWERED
    for table, mine in by_file(tables, silent):
        if count := int(mine.sum()):
            holding = "1 row holds no answer at all"
            problem = holding if count == 1 else said("{n} rows hold no answer at all", n=count)
            fix = "a total or a blank row? leave it out by include:"
            yield table.warning(problem, mine, fix=fix)


# What it means that a question of this role has but one answer.
_CONSTANT = {
    "experience": "check that this is the right column; models will refuse it",
    "outcome": "nothing can be explained by it",
}


def _unanswered(codebook: Codebook, values: ByQuestion) -> Iterator[Fault]:
    """Questions without an answer, and experiences and outcomes that never vary."""
    for item in codebook.asked:
        for role, columns in item.questions.items():
            answers = values[item.id, role]
            there = answers[~np.isnan(answers)]
            if not len(there):
                fix, column = "check the column and its codes", f"{item.id} ({role})"
                yield _warning("nobody answered this", column=column, fix=fix)
            elif role in _CONSTANT and len(there) > 1 and not np.ptp(there):
                column, value = " + ".join(columns), f"{there[0]:g}"
                problem, fix = "every answer is the same", _CONSTANT[role]
                yield _warning(problem, column=column, value=value, fix=fix)


def _open_addresses(codebook: Codebook, tables: list[Table]) -> Iterator[Fault]:
    """Columns of e-mail addresses that are not declared as personal data."""
    # Every cell of a question has been found to be an answer of its scale.
    known = {*codebook.personal_data, *codebook.rated}
    for frame in (table.frame for table in tables):
        for column in frame.columns.difference(list(known), sort=False):
            places, cells = distinct(frame[column])
            is_address = ["@" in cell and bool(_ADDRESS.search(cell)) for cell in map(str, cells)]
            if any(is_address) and np.array([*is_address, False])[places].mean() > 0.5:
                known.add(column)
                fix = "declare it under personal_data"
                yield _warning("this column holds e-mail addresses", column=column, fix=fix)
