"""A file in which one row is one answer: its answers would be read as respondents, and answers to
different questions as one rating.
"""

from collections.abc import Iterator

import pandas as pd

from cxlab.errors import Fault, said
from cxlab.study.codebook.consistency import uses
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.table import Table
from cxlab.study.read.suspicions.evidence import WORDS, named, trimmed

MOST_QUESTIONS = 300


def long_format(codebook: Codebook, tables: list[Table]) -> Iterator[Fault]:
    """The column of questions in each file that has one row an answer."""
    for table in tables:
        frame = table.frame
        person = [codebook.respondent] if codebook.respondent in frame else []
        people = person or [column for column in frame if named(column, WORDS["person_headers"])]
        answers = [column for column in frame if named(column, WORDS["answer_headers"])]
        for column in _questions(codebook, frame) if answers else ():
            found = (who for who in people if _crossed(frame, who, column))
            if (who := next(found, None)) is not None:
                yield Fault(
                    "one row is one answer here, not one respondent",
                    table.file,
                    column,
                    value=str(frame[column].iloc[0]),
                    fix=said(
                        "declare `long: {{question: {column}, answer: {answer}}}` under responses,"
                        " and `respondent: {who}`",
                        who=who,
                        column=column,
                        answer=answers[0],
                    ),
                )
                break


def _questions(codebook: Codebook, frame: pd.DataFrame) -> list[str]:
    """Columns that may name the question of their row: by their header, or by cells that ask."""
    placed = {use.column for use in uses(codebook)}
    found = []
    for column in frame.columns.difference([*placed], sort=False):
        levels = trimmed(frame[column].iloc[:1000]).unique()
        asks = sum(level.endswith("?") for level in levels) > len(levels) / 2
        if named(column, WORDS["question_headers"]) or asks:
            found.append(column)
    return found


def _crossed(frame: pd.DataFrame, who: str, column: str) -> bool:
    """Whether each person answers several questions, each once, and a question asks many."""
    pairs = pd.DataFrame({"who": trimmed(frame[who]), "what": trimmed(frame[column])})
    people, questions = pairs.nunique()
    return (
        1 < questions <= MOST_QUESTIONS
        and len(pairs) >= 1.5 * people
        and len(pairs) >= 1.5 * questions
        and pairs.duplicated().mean() < 0.05
    )
