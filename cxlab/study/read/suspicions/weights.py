"""Weights that leave a result to one respondent, or to few."""

from collections.abc import Iterator

import numpy as np

from cxlab.errors import Fault, said
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.table import Table
from cxlab.study.read.answers import Answers
from cxlab.study.read.suspicions.evidence import placed, warning

# A weight of this share of the sum, that is so many times the mean, dominates; so do few weights
# where the sample counts as less than this share of it.
SHARE, TIMES, EFFICIENCY = 0.05, 6, 0.25


def dominating_weights(
    codebook: Codebook, tables: list[Table], answers: Answers
) -> Iterator[Fault]:
    """The largest weight where it dominates, with the effective sample (Kish 1965, §11.7)."""
    if answers.weights is None:
        return
    weights = answers.weights.to_numpy()
    n, share = len(weights), weights.max() / weights.sum()
    effective = weights.sum() ** 2 / (weights**2).sum()
    if n > 1 and (share > max(SHARE, TIMES / n) or effective < EFFICIENCY * n):
        file, rows = placed(tables, weights == weights.max())
        yield warning(
            said(
                "one weight is {share:.0%} of the sum of {n} weights, which count as"
                " {effective:.1f} equal ones (Kish)",
                share=share,
                n=n,
                effective=effective,
            ),
            file,
            codebook.weight.column,
            rows,
            f"{np.max(weights):g}",
            "check it for a typing error, or trim the weights",
        )
