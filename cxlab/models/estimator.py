"""What every public estimator has in common: it takes a study or a fit first, checks the kind of
its arguments, and gives a result that knows what it is.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, wraps
from inspect import signature
from numbers import Integral, Real
from types import UnionType
from typing import Any, ParamSpec, Protocol, TypeVar, get_args, get_origin, get_type_hints, overload

import pandas as pd

from cxlab.errors import ModelError
from cxlab.languages import LANGUAGES
from cxlab.result import Result
from cxlab.study.splits import crossed
from cxlab.study.stages import is_by_stage
from cxlab.study.study import Study

P, T = ParamSpec("P"), TypeVar("T")
# What to write where an argument of this name, or else of this type, was given something else.
WRONG = {
    "by": "by={value}: give one split of the study as text, such as by='wave'",
    "n_boot": "n_boot={value}: give a number of resamples, such as 2000; 0 draws none",
    "seed": "seed={value}: give a whole number from 0 on",
    Study: (
        "{function} takes a study first, not {kind}; write {function}(study, …) with what"
        " read_study gives, or Study.from_frame for a DataFrame"
    ),
    pd.DataFrame: (
        "{function} takes a result as {name}, not {kind}; give the table that an estimator made"
    ),
    "fit": (
        "{function} takes a fit first, not {kind}; write {function}(fit, …) with what {source}"
        " gives"
    ),
    str: "{name}={value}: give one id or word as text",
    Iterable: "{name}={value}: give a list of ids, such as ['delivery']",
    int: "{name}={value}: give a whole number",
    float: "{name}={value}: give a number",
    bool: "{name}={value}: give True or False",
}
# What makes a fit of a kind of its own.
MADE_BY = {"GapFit": "fit_gap", "ConstructFit": "fit_constructs"}
NUMBERS = {int: Integral, float: Real}


class Decorator(Protocol):
    """A table becomes a Result; anything else (a fit) stays what it is."""

    @overload
    def __call__(self, function: Callable[P, pd.DataFrame], /) -> Callable[P, Result]: ...
    @overload
    def __call__(self, function: Callable[P, T], /) -> Callable[P, T]: ...


def estimator(kind: str | Callable[[Mapping[str, Any]], str]) -> Decorator:
    """Make a function that gives a DataFrame an estimator whose `Result` is of this kind.

    A kind that hangs on the arguments is given as a function of them. A result that is no DataFrame
    (a fit) passes as it is.
    """

    def decorate(function: Callable) -> Callable:
        own = signature(function)
        first = next(iter(own.parameters))
        # Types are read at the first call: a class may stand below the function that takes it.
        hints = cache(lambda: get_type_hints(function))

        @wraps(function)
        def estimate(*args: Any, **options: Any) -> Any:
            try:
                bound = own.bind(*args, **options)
            except TypeError as error:
                raise TypeError(f"{function.__name__}: {error}") from None
            bound.apply_defaults()
            given = bound.arguments
            check_arguments(function.__name__, given, hints())
            found = function(*bound.args, **bound.kwargs)
            if not isinstance(found, pd.DataFrame):
                return found
            name = kind if isinstance(kind, str) else kind(given)
            of = given[first]
            level = given.get("conf_level", getattr(of, "conf_level", None))
            return Result.of(found, name, level, settings_of(given, of), labels_of(of))

        estimate.result_kind = kind
        return estimate

    return decorate


def settings_of(given: Mapping[str, Any], source: Any) -> dict[str, Any]:
    """Plain arguments, the kind of the outcome, the language of a comment, a fit's rows and where
    it is centred, whether its rows are stages.
    """
    given = given | {"by": crossed(given["by"])} if "by" in given else given
    plain = {k: v for k, v in given.items() if v is None or isinstance(v, (str, Real))}
    if isinstance(source, Study) and isinstance(outcome := given.get("outcome"), str):
        plain["outcome_kind"] = source.outcome_kind(outcome)
    if isinstance(source, Study) and given.get("comment") in source.codebook.comments:
        plain["spoken"] = source.codebook.comments[given["comment"]].language
    if hasattr(source, "center"):
        plain |= {"center": source.center, "n": source.n}
    study = study_of(source)
    staged = (one.settings.get("by_stage") for one in given.values() if isinstance(one, Result))
    plain["by_stage"] = any(staged) or (study is not None and is_by_stage(study.codebook))
    return plain


def study_of(source: Any) -> Study | None:
    """The study of a fit, or the study itself."""
    design = getattr(source, "design", source)
    study = getattr(design, "study", design)
    return study if isinstance(study, Study) else None


def labels_of(source: Any) -> Mapping[str, Mapping[str, str]]:
    """The study's words for its ids by language, of a study, a fit or another result."""
    if isinstance(source, Result):
        return source.labels
    study = study_of(source)
    return {} if study is None else {one: study.labels(one) for one in LANGUAGES}


def check_arguments(function: str, given: Mapping[str, Any], types: Mapping[str, Any]) -> None:
    """Refuse arguments of another type than the function declares. Raises ModelError that says what
    to write.
    """
    for name, value in given.items():
        wanted = types.get(name, Any)
        options = get_args(wanted) if isinstance(wanted, UnionType) else (wanted,)
        kinds = [get_origin(option) or option for option in options]
        key = name if name in WRONG else kinds[0]
        negative = name in ("n_boot", "seed") and isinstance(value, Real) and value < 0
        if key in WRONG and (negative or not any(_fits(value, kind) for kind in kinds)):
            raise ModelError(
                WRONG[key],
                function=function,
                name=name,
                value=str(value),
                kind=type(value).__name__,
                source=MADE_BY.get(kinds[0].__name__, "fit_loyalty or fit_gap"),
            )
    if not 0 < (conf_level := given.get("conf_level", 0.95)) < 1:
        raise ModelError(
            "conf_level={conf_level}: give a number between 0 and 1, such as 0.95",
            conf_level=conf_level,
        )


def _fits(value: Any, kind: Any) -> bool:
    if kind in NUMBERS:
        return isinstance(value, NUMBERS[kind]) and not isinstance(value, bool)
    # The letters of a word are no list of words, nor are the columns of a table.
    listed = kind is not Iterable or not isinstance(value, (str, pd.DataFrame))
    return listed and isinstance(value, kind)
