"""Words of a scale that run against its codes: 2 Like, 1 Love; or 1 very satisfied, 5 very
dissatisfied on a scale that nobody turned.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from cxlab.errors import Fault
from cxlab.study.codebook.normal import number_of
from cxlab.study.codebook.scale import Scale, words_in
from cxlab.study.exports.draft.worded import place_of
from cxlab.study.read.suspicions.evidence import Seen

LEAST = 2  # words by which a direction is told; an order needs one more
DIRECTED = ("outcome", "construct", "expectation", "adequate", "experience", "emotion")
BETTER = ("satisfied", "quality", "like", "likely", "agree")  # families of which more is better


def turned_labels(seen: Seen) -> Iterator[Fault]:
    """Ratings whose words, of the file or of study.yml, do not rise with their codes."""
    of_files = [one for table in seen.tables for one in table.columns]
    for item in seen.codebook.items:
        if getattr(item, "direction", "ease") == "effort":
            continue
        for role, columns in item.questions.items():
            scale = seen.codebook.scale_of(item, role)
            own = {code: next(iter(words_in(label)), "") for code, label in scale.labels.items()}
            for column in columns if role in DIRECTED else ():
                of_file = (one.labels for one in of_files if one.name == column)
                told = (_turned(labels, scale) for labels in (*of_file, own))
                if found := next(filter(None, told), None):
                    problem, shown, fix = found
                    yield seen.warning(problem, None, column, shown, fix)


def _turned(labels: Mapping[str, str], scale: Scale) -> tuple[str, str, str] | None:
    """What is wrong with the order of labels, the labels in it, and what to do."""
    places = _places(labels, scale)
    values = [places[code][0] for code in sorted(places)]
    shown = ", ".join(f"{code:g} {places[code][1]}" for code in sorted(places))
    rising, falling = (all(a * sign < b * sign for a, b in pairwise(values)) for sign in (1, -1))
    if len(values) > LEAST and not rising and not falling:
        problem = "the order of the words is not that of their codes"
        fix = "recode the answers, or name the labels as they are meant"
        return problem, shown, fix
    if len(values) >= LEAST and falling and not scale.reverse:
        problem = "the words fall as the codes rise, and the scale is not turned"
        fix = "declare `reverse: true` on its scale, or correct the labels"
        return problem, shown, fix
    return None


def _places(labels: Mapping[str, str], scale: Scale) -> dict[float, tuple[float, str]]:
    """Where the words of the scale's own codes stand, with the words, by code; of one family, or
    none.
    """
    found, families = {}, set()
    for code, label in labels.items():
        number = number_of(code)
        if scale.min <= number <= scale.max and (at := place_of(label)):
            families.add(at[0])
            found[number] = at[1], label
    families -= {""}
    return found if len(families) == 1 and families <= {*BETTER} else {}
