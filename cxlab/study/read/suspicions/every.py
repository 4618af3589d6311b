"""All suspicions in one order: those that files raise whatever the codebook says, and those that
need sound ratings.
"""

from collections.abc import Iterator

import pandas as pd

from cxlab.errors import Fault
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.table import Table
from cxlab.study.read.answers import Answers
from cxlab.study.read.suspicions.direction import wrong_direction
from cxlab.study.read.suspicions.groups import (
    choices_as_groups,
    lists_as_ratings,
    suspicious_levels,
)
from cxlab.study.read.suspicions.labels import turned_labels
from cxlab.study.read.suspicions.people import duplicates_without_id, speeders, straight_lining
from cxlab.study.read.suspicions.ratings import (
    dominating_weights,
    doubtful_nps,
    doubtful_zeros,
    nps_groups,
)
from cxlab.study.read.suspicions.rows import long_format, undeclared_statuses
from cxlab.study.read.suspicions.waves import changed_questions


def suspicious_files(
    codebook: Codebook, tables: list[Table], text: pd.DataFrame
) -> Iterator[Fault]:
    """What cells and headers say, also where other faults keep the ratings from being read."""
    yield from long_format(codebook, tables)
    yield from undeclared_statuses(codebook, tables)
    yield from nps_groups(codebook, tables)
    yield from lists_as_ratings(codebook, tables)
    yield from choices_as_groups(codebook, tables, text)
    yield from suspicious_levels(codebook, tables, text)


def suspicious_answers(
    codebook: Codebook, tables: list[Table], answers: Answers
) -> Iterator[Fault]:
    """What the ratings of a study without errors say."""
    yield from wrong_direction(codebook, answers.values)
    yield from doubtful_nps(codebook, tables, answers)
    yield from turned_labels(codebook, tables)
    yield from doubtful_zeros(codebook, tables, answers)
    yield from dominating_weights(codebook, tables, answers)
    yield from changed_questions(codebook, tables, answers)
    yield from duplicates_without_id(codebook, tables, answers)
    yield from straight_lining(tables, answers)
    yield from speeders(codebook, tables)
