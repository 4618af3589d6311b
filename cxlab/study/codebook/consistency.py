"""What a codebook may not say at once: a column in two roles, one name for two things, a name that
it uses and does not declare.

Which pairs of roles are sound is decided by their use. A split may also be the channel of a
touchpoint, a respondent's id personal data. One question on expectation, importance, emotion or
effort may stand for several touchpoints, and any rating be an item of a construct or of an
outcome's mean: that is described, said in a notice, and refused where the one would explain the
other. Every other pair is refused: the column would explain, weight, split or identify itself.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, combinations, product
from typing import Any, NamedTuple

from cxlab.data_files import read_data
from cxlab.errors import said
from cxlab.languages import LANGUAGES
from cxlab.study.codebook.model_keys import model_problems
from cxlab.study.codebook.money_keys import money_problems
from cxlab.study.codebook.normal import repeated

ALL_TOUCHPOINTS = "all_touchpoints"
# Terms and rows of results, which an id would be taken for.
RESERVED = frozenset({ALL_TOUCHPOINTS, "intercept", "self"})
# The split by who had a problem, and whether it was resolved.
PROBLEM = "problem"
MOST_USES = 20  # of one column, that are held against each other
INDEX = "index"  # the role of the columns of an outcome that is their mean
SOUND = {
    frozenset((role, other))
    for role, others in read_data("study.codebook", "sound.yml").items()
    for other in others
}


class Use(NamedTuple):
    """A column that a key names in a role; `words` say where."""

    column: str
    role: str
    words: str


def uses(book: Any) -> Iterator[Use]:
    """Every column that the codebook gives a role; filters and recodes give none."""
    rated = [set(point.experience) for point in book.touchpoints]
    for item in book.asked:
        kind = type(item).__name__.lower()
        for role, columns in item.questions.items():
            asked = f", {role}" if kind == "touchpoint" else ""
            is_mean = role == "outcome" and len(columns) > 1 and set(columns) not in rated
            role = INDEX if is_mean else role
            yield from (Use(column, role, f"{kind} {item.id}{asked}") for column in columns)
        if getattr(item, "channel", None):
            yield Use(item.channel, "channel", f"touchpoint {item.id}, channel")
    named = {f"comments, {name}": one for name, one in book.comments.items()}
    named |= {f"funnel, {name}": step for name, step in book.funnel.items() if step.column}
    for words, one in (named | book.marks).items():
        yield Use(one.column, words.partition(",")[0], words)
    asked = {item.id for item in book.asked}
    for name in book.classes.indicators if book.classes else ():
        if name not in asked:
            yield Use(name, "classes", f"classes, {name}")
    for key in ("segments", "personal_data"):
        yield from (Use(column, key, key) for column in getattr(book, key))
    yield from (Use(column, key, key) for key, column in placing(book).items())


def asked_twice(book: Any) -> dict[str, list[str]]:
    """The columns that answer several questions, with the words of each; a rating other than the
    experience may be asked once for many touchpoints.
    """
    found: dict[str, list[str]] = {}
    for use in uses(book):
        if use.role in ("experience", "construct", "outcome", INDEX):
            found.setdefault(use.column, []).append(use.words)
    return {column: words for column, words in found.items() if len(words) > 1}


def placing(book: Any) -> dict[str, str]:
    """The columns without which a row cannot be placed, by the key that names them."""
    keys = ("respondent", "wave", "account", "strata", "weight", "parties", "status")
    named = ((key, getattr(book, key)) for key in keys)
    return {key: getattr(one, "column", one) for key, one in named if one}


def problems(book: Any) -> Iterator[str]:
    """Everything that contradicts itself in a codebook whose keys are each sound."""
    yield from _two_roles(book)
    yield from _two_meanings(book)
    yield from _undeclared(book)
    yield from _of_actions(book)
    yield from money_problems(book)
    yield from model_problems(book, book.model)


def _two_roles(book: Any) -> Iterator[str]:
    by_column: dict[str, list[Use]] = defaultdict(list)
    for use in uses(book):
        by_column[use.column].append(use)
    for column, found in by_column.items():
        clashes = [
            (one.words, other.words)
            for one, other in combinations(found[:MOST_USES], 2)
            if one.words == other.words or {one.role, other.role} not in SOUND
        ]
        words = list(dict.fromkeys(chain.from_iterable(clashes)))
        if len(words) == 1:
            yield said(
                "{where}: the column {column!r} is named twice; name it once",
                where=words[0],
                column=column,
            )
        elif "personal_data" in words:
            words.remove("personal_data")
            yield said(
                "{column!r} is declared as personal data and as a {role}, which a report shows",
                column=column,
                role=", ".join(words).removesuffix("s"),
            )
        elif words:
            yield said(
                "the column {column!r} plays several roles ({roles}): keep one of them",
                column=column,
                roles="; ".join(words),
            )


def _two_meanings(book: Any) -> Iterator[str]:
    """Names that the models, tables or calls of a study would take for something else."""
    names = [*(item.id for item in book.asked), *book.funnel]
    for name in repeated(names):
        yield said(
            "the id {name!r} is used twice among touchpoints, outcomes, constructs, questions"
            " and steps of the funnel",
            name=name,
        )
    stages = [stage.stage for stage in book.stages]
    for name in sorted(RESERVED & {*names, *stages, *book.segments}):
        yield said("the id {name!r} is reserved; give it another name", name=name)
    for name in repeated(stages):
        yield said("the stage {name!r} stands twice", name=name)
    for name in sorted(set(names) & {*book.segments}):
        yield said(
            "{name!r} is a segment and the id of what is asked; rename one of them", name=name
        )
    yield from _splits(book)


def _splits(book: Any) -> Iterator[str]:
    """Names of waves, accounts, segments and their levels that mean two things."""
    for name in repeated(book.waves):
        yield said("waves: {name!r} stands twice", name=name)
    if book.waves and not book.wave:
        yield "waves: are declared, but no `wave:` names their column"
    splits = {key: column for key, column in placing(book).items() if key in ("wave", "account")}
    taken = splits | {"contact": "", "respondent": ""}
    if any(point.channel for point in book.touchpoints):
        taken["channel"] = ""
    if book.problems:
        taken[PROBLEM] = ""
    if book.advice:
        taken["advice"] = ""
    if book.classes:
        taken["profile"] = ""
    for name in sorted({*book.segments, *splits.values()} & {*taken}):
        if taken[name] != name:
            yield said(
                "a split may not be called {name!r}, which already means another; rename it",
                name=name,
            )
    for name, segment in book.segments.items():
        for language in LANGUAGES:
            labels = segment.levels.values()
            for word in repeated(label[language] for label in labels if language in label):
                yield said(
                    "segments.{name}: two levels have one label, {word!r}; recode them into one",
                    name=name,
                    word=word,
                )


def _undeclared(book: Any) -> Iterator[str]:
    """Names that the declaration uses and does not declare, or declares for too much."""
    stages = [stage.stage for stage in book.stages]
    outcomes = [outcome.outcome for outcome in book.outcomes]
    for point in book.touchpoints:
        if point.stage not in (None, *stages):
            yield said(
                "touchpoint {touchpoint}: stage {stage!r} is not one of {stages}",
                touchpoint=point.id,
                stage=point.stage,
                stages=stages,
            )
        if not point.questions:
            yield said("touchpoint {touchpoint}: no column is declared for it", touchpoint=point.id)
    if (outcome := book.report.outcome) not in (None, *outcomes):
        yield said("report: outcome {outcome!r} is not declared under outcomes", outcome=outcome)
    if "accounts" in book.report.owners and book.account is None:
        yield said("report: owners: accounts needs account:, the column that names them")
    if len(book.funnel) == 1:
        yield "funnel: one step is no funnel; declare two or more, in their order"
    for name, step in book.funnel.items():
        if step.outcome not in (None, *outcomes):
            yield said(
                "funnel.{name}: outcome {outcome!r} is not declared under outcomes",
                name=name,
                outcome=step.outcome,
            )
    yield from _of_comments(book, outcomes)
    yield from _of_classes(book)


def _of_classes(book: Any) -> Iterator[str]:
    """Indicators of classes that are none, or are described twice."""
    rated = {one.id for one in (*book.outcomes, *book.constructs)}
    labelled = {one.id for one in (*book.touchpoints, *book.multiple_response)}
    for name, held in book.classes.indicators.items() if book.classes else ():
        if name in rated:
            yield said(
                "classes: {name!r} is an outcome or a construct, which classes are to be compared"
                " by; name touchpoints, questions or columns",
                name=name,
            )
        if name in labelled and held.model_fields_set:
            yield said("classes: {name!r} has its labels elsewhere; give it none", name=name)


def _of_comments(book: Any, outcomes: Any) -> Iterator[str]:
    """What comments, and their codes, are about and is not declared."""
    known = (None, "", *outcomes, *(point.id for point in book.touchpoints))
    for name, comment in book.comments.items():
        if (about := comment.about) not in known:
            yield said(
                "comments.{name}: about {about!r} is neither a touchpoint nor an outcome",
                name=name,
                about=about,
            )
        if comment.codes and not book.respondent:
            yield said("comments.{name}: codes: needs respondent:, the column of ids", name=name)
        if comment.writer == "account" and not book.account:
            yield said("comments.{name}: writer: account needs account:", name=name)
        points = {None, *(point.id for point in book.touchpoints)}
        for code, held in comment.codebook.items():
            if held.touchpoint not in points:
                yield said(
                    "comments.{name}: code {code!r}: touchpoint {touchpoint!r} is not declared",
                    name=name,
                    code=code,
                    touchpoint=held.touchpoint,
                )


def _of_actions(book: Any) -> Iterator[str]:
    """Actions at a touchpoint, or on an outcome, that there is not."""
    known = {"touchpoint": book.touchpoints, "metric": book.outcomes}
    for (number, action), (key, items) in product(enumerate(book.actions, 1), known.items()):
        held = getattr(action, key)
        if held not in (None, *(item.id for item in items)):
            yield said(
                "actions, row {number}: {key} {held!r} is not declared by the study",
                number=number,
                key=key,
                held=held,
            )
