"""Words of a scale that run against its codes: 2 Like, 1 Love; or 1 very satisfied, 5 very
dissatisfied on a scale that nobody turned.
"""

from collections.abc import Iterator, Mapping

from cxlab.errors import Fault
from cxlab.study.codebook.normal import number_of
from cxlab.study.codebook.scale import Scale, words_in
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.draft.worded import place_of
from cxlab.study.exports.table import Table
from cxlab.study.read.suspicions.evidence import warning

LEAST = 2  # words by which a direction is told; an order needs one more
DIRECTED = ("outcome", "construct", "expectation", "adequate", "experience", "emotion")
BETTER = ("satisfied", "quality", "like", "likely", "agree")  # families of which more is better


def turned_labels(codebook: Codebook, tables: list[Table]) -> Iterator[Fault]:
    """Ratings whose words, of the file or of study.yml, do not rise with their codes."""
    for item in codebook.items:
        if getattr(item, "direction", "ease") == "effort":
            continue
        for role, columns in item.questions.items():
            scale = codebook.scale_of(item, role)
            for column in columns if role in DIRECTED else ():
                yield from _turned(tables, column, scale)


def _turned(tables: list[Table], column: str, scale: Scale) -> Iterator[Fault]:
    held = {code: next(iter(words_in(label)), "") for code, label in scale.labels.items()}
    of_file = [dict(one.labels) for table in tables for one in table.columns if one.name == column]
    for labels in (*of_file, held):
        places = _places(labels, scale)
        values = [place for _, place in sorted(places.items())]
        words = {number_of(code): word for code, word in labels.items()}
        shown = ", ".join(f"{code:g} {words[code]}" for code in sorted(places))
        rising = all(a < b for a, b in zip(values, values[1:], strict=False))
        falling = all(a > b for a, b in zip(values, values[1:], strict=False))
        if len(values) > LEAST and not rising and not falling:
            problem = "the order of the words is not that of their codes"
            fix = "recode the answers, or name the labels as they are meant"
            yield warning(problem, column=column, value=shown, fix=fix)
            return
        if len(values) >= LEAST and falling and not scale.reverse:
            problem = "the words fall as the codes rise, and the scale is not turned"
            fix = "declare `reverse: true` on its scale, or correct the labels"
            yield warning(problem, column=column, value=shown, fix=fix)
            return


def _places(labels: Mapping[str, str], scale: Scale) -> dict[float, float]:
    """Where the words of the scale's own codes stand, by code; of one family, or none."""
    found = {}
    for code, label in labels.items():
        number = number_of(code)
        if scale.min <= number <= scale.max and (at := place_of(label)):
            found[number] = at
    families = {family for family, _ in found.values() if family}
    if len(families) != 1 or not families & {*BETTER}:
        return {}
    return {number: place for number, (_, place) in found.items()}
