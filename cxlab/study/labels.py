"""The words of a study for its ids, in each language."""

from collections.abc import Mapping
from typing import Any

from cxlab.languages import in_each
from cxlab.study.codebook.schema import ALL_TOUCHPOINTS

THIRDS = "low", "middle", "high"  # of a scale
# Of the splits that problems, channels and parties make, and of all touchpoints together.
LABELS = in_each("splits")


def in_language(label: Mapping[str, str], language: str, default: str) -> str:
    """A label, in another language where it has none in this one."""
    return label.get(language) or next(iter(label.values()), default)


def labels_in(book: Any, language: str) -> dict[str, str]:
    """See `Study.labels`."""
    labels = {item.id: item.label for item in book.asked}
    labels |= labels_of(book)
    for name, segment in book.levelled.items():
        levels = {f"{name}[{level}]": label for level, label in segment.levels.items()}
        declared = {name: segment.label, **levels}
        labels = {key: label for key, label in declared.items() if label} | labels
    labels[ALL_TOUCHPOINTS] = LABELS[ALL_TOUCHPOINTS]
    for one in book.stages:
        labels[f"stage:{one.stage}"] = one.label or {"en": one.stage}
    units = {f"unit:{one.id}": {"en": one.unit} for one in book.outcomes if one.unit}
    labels |= units
    return {key: in_language(label, language, key) for key, label in labels.items()}


def labels_of(book: Any) -> dict[str, dict[str, str]]:
    """Labels of steps, of contacts of a log, and of the splits that problems, parties, advice,
    paths and channels make, where these are declared: a segment may have their names elsewhere.
    """
    declared = {
        "problem": book.problems is not None,
        "party": book.parties is not None,
        "advice": bool(book.advice),
        "nps_class": bool(book.comments),
        "profile": "profile" not in book.segments,
        "path": book.events is not None,
        "channel": any(point.channel for point in (*book.touchpoints, book.events) if point),
    }
    splits = tuple(name for name, there in declared.items() if there)
    own = {f"advice[{name}]": one.label for name, one in book.advice.items() if one.label}
    contacts = book.events.contacts.items() if book.events else ()
    own |= {name: label for name, label in contacts if label}
    for question in book.multiple_response:
        labels = question.choices.items()
        own |= {f"{question.id}[{name}]": label for name, label in labels if label}
    if book.classes:
        own |= {"profile": book.classes.label} if book.classes.label else {}
        own |= {f"profile[{name}]": label for name, label in book.classes.names.items()}
        points = {one.id for one in book.touchpoints} & {*book.classes.indicators}
        own |= {f"{name}[{one}]": LABELS[one] for name in points for one in THIRDS}
    for comment, declared in book.comments.items():
        own |= _of_codes(book, comment, declared.codebook)
    usual = {key: one for key, one in LABELS.items() if key.startswith(splits or " ")}
    return book.step_labels | usual | own


def _of_codes(book: Any, comment: str, codes: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Labels of a comment's codes, and of the touchpoints and stages that they are about, as levels
    of what tables call each of these.
    """
    named = {f"{each}_{comment}": LABELS[f"of_{each}"] for each in ("code", "touchpoint", "stage")}
    named |= {f"code_{comment}[{code}]": one.label for code, one in codes.items()}
    named |= {f"touchpoint_{comment}[{one.id}]": one.label for one in book.touchpoints}
    named |= {f"stage_{comment}[{one.stage}]": one.label for one in book.stages}
    return {key: label for key, label in named.items() if label and codes}
