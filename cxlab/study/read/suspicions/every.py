"""All suspicions in one order: those that files raise whatever the codebook says, and those that
need sound ratings.
"""

from collections.abc import Iterator

from cxlab.errors import Fault
from cxlab.study.read.suspicions import direction, groups, labels, people, ratings, rows, waves
from cxlab.study.read.suspicions.evidence import Seen

# What cells and headers say, also where other faults keep the ratings from being read.
OF_FILES = (
    rows.long_format,
    rows.undeclared_statuses,
    ratings.nps_groups,
    groups.lists_as_ratings,
    groups.suspicious_levels,
)
# What the ratings of a study without errors say.
OF_ANSWERS = (
    direction.wrong_direction,
    ratings.doubtful_nps,
    labels.turned_labels,
    ratings.doubtful_zeros,
    ratings.unused_ends,
    ratings.dominating_weights,
    waves.changed_questions,
    people.duplicates_without_id,
    people.straight_lining,
    people.speeders,
)


def suspicions(looks: tuple, *seen: object) -> Iterator[Fault]:
    """What each of these says of a study's codebook, files and answers."""
    for look in looks:
        yield from look(Seen(*seen))
