"""Rows that are no complete answers (partial, preview, test, spam, disqualified, not approved), by
a column that the codebook does not name: they would count as respondents without a word.
"""

from collections.abc import Iterator

import pandas as pd

from cxlab.errors import Fault, said
from cxlab.study.codebook.normal import number_of
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.table import Table
from cxlab.study.read.cells import row_numbers
from cxlab.study.read.suspicions.evidence import (
    WORDS,
    counted,
    folded,
    named,
    trimmed,
    unused,
    warning,
)

# A status has few words; the share of a questionnaire that was answered has up to 101.
MOST_WORDS = 101


def undeclared_statuses(codebook: Codebook, tables: list[Table]) -> Iterator[Fault]:
    """Columns that set rows apart as unfinished, and that nothing in the codebook reads."""
    for table in tables:
        beside = {folded(column) for column in table.frame}
        told = codebook.status is not None  # of who did not finish, by one column of several
        for column in unused(codebook, table):
            if table.frame[column].iloc[:1000].nunique() > MOST_WORDS and not named(
                column, WORDS["sent_headers"]
            ):
                continue
            cells = trimmed(table.frame[column])
            levels = dict(zip(found := cells.unique(), map(folded, found), strict=True))
            unfinished = _by_words(column, levels, beside)
            by_words = bool(unfinished)
            if not unfinished and not told:
                unfinished = _by_completeness(column, levels)
            if unfinished:
                yield _fault(table, column, cells, unfinished)
                told |= not by_words


def _fault(table: Table, column: str, cells: pd.Series, unfinished: list[str]) -> Fault:
    where = cells.isin(unfinished)
    key = "not_in"
    if len(unfinished) > 3 and not where.all():  # shares of a questionnaire: the rest is one word
        key, unfinished = "in", [*cells[~where].unique()]
    rule = f"{{column: {column}, {key}: [{', '.join(word or repr('') for word in unfinished)}]}}"
    return warning(
        "rows are marked as no complete answers, and nothing is declared about them: they count",
        table.file,
        column,
        row_numbers(cells.index, where),
        counted(cells[where]),
        said("leave them out by `include: [{rule}]`, or list all words under in:", rule=rule),
    )


def _by_words(column: str, levels: dict[str, str], beside: set[str]) -> list[str]:
    """The answers that are usual words, or codes of Qualtrics, for a row to be set apart."""
    held, status = {*levels.values()} - {""}, folded(column)
    if status == "status" and held <= {
        *WORDS["qualtrics_unfinished"],
        *WORDS["qualtrics_finished"],
    }:
        sure = held & {"8", "9", "16", "17"} or beside & {*WORDS["qualtrics_beside"]}
        return _those(levels, WORDS["qualtrics_unfinished"]) if sure else []
    if named(column, WORDS["test_headers"]) and held <= {*WORDS["truth"], *WORDS["falsehood"]}:
        return _those(levels, WORDS["truth"])
    words = [*WORDS["unfinished"]]
    if any(word in status for word in WORDS["status_headers"]):
        words += WORDS["unfinished_under_status"]
    return _those(levels, words) if held <= {*words, *WORDS["finished"]} else []


def _by_completeness(column: str, levels: dict[str, str]) -> list[str]:
    """The answers that say that a row was not finished, or not sent."""
    held = {*levels.values()}
    if named(column, WORDS["finished_headers"]):
        known = {*WORDS["truth"], *WORDS["falsehood"], ""}
        return _those(levels, WORDS["falsehood"]) if held <= known else []
    if named(column, WORDS["progress_headers"]):
        shares = {raw: number_of(word.removesuffix("%")) for raw, word in levels.items()}
        whole = max(shares.values(), default=0) == 100 and min(shares.values()) >= 0
        return [raw for raw, share in shares.items() if share < 100] if whole else []
    if named(column, WORDS["sent_headers"]) and len(held) > 1:
        return _those(levels, [""])
    return []


def _those(levels: dict[str, str], words: list[str]) -> list[str]:
    return [raw for raw, word in levels.items() if word in words]
