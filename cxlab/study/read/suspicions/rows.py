"""Rows that are no respondents: of a file in which one row is one answer, so that answers to
different questions would be read as one rating; and rows that are no complete answers (partial,
preview, test, spam, disqualified, not approved), by a column that the codebook does not name.
"""

from collections.abc import Iterator
from itertools import chain, product
from typing import Any

import pandas as pd

from cxlab.errors import Fault, said
from cxlab.study.codebook.consistency import uses
from cxlab.study.codebook.normal import number_of
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.headers import unaccented
from cxlab.study.exports.table import Table
from cxlab.study.read.cells import trimmed
from cxlab.study.read.suspicions.evidence import WORDS, Seen, counted, named

MOST_QUESTIONS = 300
# A status has few words; the share of a questionnaire that was answered has up to 101.
MOST_WORDS = 101


def long_format(seen: Seen) -> Iterator[Fault]:
    """The column of questions in each file that has one row an answer."""
    for table in seen.tables:
        frame, respondent = table.frame, seen.codebook.respondent
        people, answers = (
            [column for column in frame if named(column, kind)]
            for kind in ("person_headers", "answer_headers")
        )
        people = [respondent] if respondent in frame else people
        questions = _questions(seen.codebook, frame) if answers else ()
        for column, who in product(questions, people):
            if _crossed(trimmed(frame[who]), trimmed(frame[column])):
                fix = said(
                    "declare `long: {{question: {column}, answer: {answer}}}` under responses,"
                    " and `respondent: {who}`",
                    who=who,
                    column=column,
                    answer=answers[0],
                )
                problem = "one row is one answer here, not one respondent"
                yield table.fault(problem, None, column, str(frame[column].iloc[0]), fix)
                break


def _questions(codebook: Codebook, frame: pd.DataFrame) -> Iterator[str]:
    """Columns that may name the question of their row: by their header, or by cells that ask."""
    placed = {use.column for use in uses(codebook)}
    for column in frame.columns.difference([*placed], sort=False):
        levels = pd.Series(trimmed(frame[column].iloc[:1000]).unique())
        if named(column, "question_headers") or levels.str.endswith("?").mean() > 0.5:
            yield column


def _crossed(who: pd.Series, what: pd.Series) -> bool:
    """Whether each person answers several questions, each once, and a question asks many."""
    people, questions = who.nunique(), what.nunique()
    return (
        1 < questions <= MOST_QUESTIONS
        and len(who) >= 1.5 * max(people, questions)
        and pd.DataFrame({"who": who, "what": what}).duplicated().mean() < 0.05
    )


def undeclared_statuses(seen: Seen) -> Iterator[Fault]:
    """Columns that set rows apart as unfinished, and that nothing in the codebook reads."""
    for table in seen.tables:
        told = seen.codebook.status is not None  # of who did not finish, by one column of several
        for column in seen.unused(table):
            is_sent = named(column, "sent_headers")
            if table.frame[column].iloc[:1000].nunique() > MOST_WORDS and not is_sent:
                continue
            cells = trimmed(table.frame[column])
            levels = {raw: unaccented(raw) for raw in cells.unique()}
            rule = next((rule for rule in WORDS["statuses"] if _is_of(rule, column, levels)), {})
            bad = {*chain(*rule.get("unfinished", ()))}
            unfinished = [raw for raw, word in levels.items() if word in bad]
            is_share = not rule and (is_sent or named(column, "progress_headers"))
            if is_share and not told:
                unfinished = [""] if is_sent and len(levels) > 1 else _shares(levels)
            is_once = is_share or "once" in rule
            where = cells.isin(unfinished)
            if where.any() and not (told and is_once):
                yield _fault(table, column, cells, where)
                told |= is_once


def _is_of(rule: dict[str, Any], column: str, levels: dict[str, str]) -> bool:
    """Whether a column is one of those that a rule of words.yml tells of."""
    header, held = unaccented(column), {*levels.values()}
    return (
        header in rule.get("headers", [header])
        and any(word in header for word in rule.get("holding", [""]))
        and held <= {*chain(*rule["unfinished"]), *rule["finished"]}
        and bool(held & {*rule.get("surely", held)})
    )


def _shares(levels: dict[str, str]) -> list[str]:
    """The shares of a questionnaire that are less than all of it."""
    shares = {raw: number_of(word.removesuffix("%")) for raw, word in levels.items()}
    whole = max(shares.values(), default=0) == 100 and min(shares.values()) >= 0
    return [raw for raw, share in shares.items() if whole and share < 100]


def _fault(table: Table, column: str, cells: pd.Series, where: pd.Series) -> Fault:
    key, words = "not_in", cells[where].unique()
    if len(words) > 3 and not where.all():  # shares of a questionnaire: the rest is one word
        key, words = "in", cells[~where].unique()
    rule = f"{{column: {column}, {key}: [{', '.join(word or repr('') for word in words)}]}}"
    problem = (
        "rows are marked as no complete answers, and nothing is declared about them: they count"
    )
    fix = said("leave them out by `include: [{rule}]`, or list all words under in:", rule=rule)
    return table.warning(problem, where, column, counted(cells[where]), fix)
