"""All suspicions in one order: those that files raise whatever the codebook says, and those that
need sound ratings.
"""

from collections.abc import Iterator

from cxlab.errors import Fault
from cxlab.study.read.suspicions.direction import wrong_direction
from cxlab.study.read.suspicions.evidence import Seen
from cxlab.study.read.suspicions.groups import lists_as_ratings, suspicious_levels
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

# What cells and headers say, also where other faults keep the ratings from being read.
OF_FILES = (
    long_format,
    undeclared_statuses,
    nps_groups,
    lists_as_ratings,
    suspicious_levels,
)
# What the ratings of a study without errors say.
OF_ANSWERS = (
    wrong_direction,
    doubtful_nps,
    turned_labels,
    doubtful_zeros,
    dominating_weights,
    changed_questions,
    duplicates_without_id,
    straight_lining,
    speeders,
)


def suspicions(looks: tuple, *seen: object) -> Iterator[Fault]:
    """What each of these says of a study's codebook, files and answers."""
    for look in looks:
        yield from look(Seen(*seen))
