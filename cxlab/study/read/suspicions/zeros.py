"""A 0 beside the answers 1 to 5: the lowest answer, or none?"""

from collections.abc import Iterator

import numpy as np

from cxlab.errors import Fault, said
from cxlab.study.codebook.normal import number_of
from cxlab.study.codebook.schema import Codebook
from cxlab.study.read.answers import Answers
from cxlab.study.read.files import Table
from cxlab.study.read.suspicions.evidence import placed, trimmed, warning

LONGEST = 7  # a scale of 0 to 10 has its 0 by right
FEW, LEAST = 0.02, 20


def doubtful_zeros(codebook: Codebook, tables: list[Table], answers: Answers) -> Iterator[Fault]:
    """Zeros that are declared a rating and are few, or declared no answer and go with the lowest
    outcome.
    """
    main = codebook.main_outcome
    outcome = answers.values.get((main, "outcome"))
    for item in codebook.items:
        for role, columns in item.questions.items():
            scale = codebook.scale_of(item, role)
            if len(columns) > 1 or scale.max > LONGEST or getattr(item, "kind", "") == "binary":
                continue
            key = item.id, role
            values = answers.values[key]
            if scale.min == 0 and scale.max > 2:
                yield from _few(tables, columns[0], values, scale.max)
            elif (
                scale.min == 1
                and item.id != main
                and outcome is not None
                and 0 in map(number_of, (*scale.not_used, *scale.no_answer))
            ):
                zeros = trimmed(answers.text[columns[0]]) == "0"
                yield from _low(columns[0], values, zeros.to_numpy(), outcome)


def _few(tables: list[Table], column: str, values: np.ndarray, most: float) -> Iterator[Fault]:
    zeros, ones = (values == 0).sum(), (values == 1).sum()
    n = int((~np.isnan(values)).sum())
    # On a scale that begins with 0, its end is about as usual as the answer beside it.
    if n >= LEAST and 0 < zeros <= max(FEW * n, 1) and (ones >= 3 * zeros or ones == 0):
        file, rows = placed(tables, values == 0)
        yield warning(
            said(
                "0 stands {zeros} times among {n} answers of 1 to {most:g}: is it the lowest"
                " answer, or none?",
                zeros=zeros,
                n=n,
                most=most,
            ),
            file,
            column,
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
