"""A 0 beside the answers 1 to 5: the lowest answer, or none?"""

from collections.abc import Iterator

import numpy as np

from cxlab.errors import Fault, said
from cxlab.study.codebook.normal import number_of
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.table import Table
from cxlab.study.read.answers import Answers
from cxlab.study.read.suspicions.evidence import placed, trimmed, warning

LONGEST = 7  # a scale of 0 to 10 has its 0 by right
FEW, LEAST = 0.005, 20


def doubtful_zeros(codebook: Codebook, tables: list[Table], answers: Answers) -> Iterator[Fault]:
    """Zeros that are declared a rating and are few, or declared no answer and go with the lowest
    outcome.
    """
    main = codebook.main_outcome
    outcome = answers.values.get((main, "outcome"))
    on_zero: dict[float, dict[str, np.ndarray]] = {}
    for item in codebook.items:
        for role, columns in item.questions.items():
            scale, values = codebook.scale_of(item, role), answers.values[item.id, role]
            if len(columns) > 1 or item.id == main:
                continue
            if scale.min == 0 and 2 < scale.max <= LONGEST:
                on_zero.setdefault(scale.max, {})[columns[0]] = values
                continue
            declared = map(number_of, (*scale.not_used, *scale.no_answer))
            if scale.min == 1 and outcome is not None and 0 in declared:
                zeros = trimmed(answers.text[columns[0]]) == "0"
                yield from _low(columns[0], values, zeros.to_numpy(), outcome)
    for most, by_column in on_zero.items():
        yield from _few(tables, by_column, most)


def _few(tables: list[Table], by_column: dict[str, np.ndarray], most: float) -> Iterator[Fault]:
    """Zeros on a scale where they are rarer than the answer beside them lets expect."""
    rated = [*by_column.values()]
    zeros, ones = (sum(int((one == answer).sum()) for one in rated) for answer in (0, 1))
    n = sum(int((~np.isnan(one)).sum()) for one in rated)
    if n >= LEAST and 0 < zeros <= max(FEW * n, 2) and (ones >= 3 * zeros or ones == 0):
        file, rows = placed(tables, np.any([one == 0 for one in rated], axis=0))
        yield warning(
            said(
                "0 stands {zeros} times among {n} answers of 1 to {most:g}: is it the lowest"
                " answer, or none?",
                zeros=zeros,
                n=n,
                most=most,
            ),
            file,
            ", ".join(column for column, one in by_column.items() if (one == 0).any()),
            rows,
            "0",
            "if it is none, declare `min: 1` and the 0 under no_answer or not_used",
        )


def _low(
    column: str, values: np.ndarray, missing: np.ndarray, outcome: np.ndarray
) -> Iterator[Fault]:
    """Zeros that mean no answer say nothing of the outcome; those of the unhappiest are answers."""
    zeros, lowest = (outcome[where & ~np.isnan(outcome)] for where in (missing, values <= 2))
    if min(len(zeros), len(lowest)) < LEAST:
        return
    error = np.sqrt(zeros.var(ddof=1) / len(zeros) + lowest.var(ddof=1) / len(lowest))
    if zeros.mean() - lowest.mean() < -3 * error:
        yield warning(
            said(
                "0 is declared as no answer, and its {n} respondents give a lower outcome than"
                " those who answered 1 or 2: is it the lowest answer?",
                n=len(zeros),
            ),
            column=column,
            fix="if it is, declare `min: 0` and take the 0 out of the missing codes",
        )
