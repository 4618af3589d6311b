"""What stands in the place of a result that the data cannot carry: a report on few answers must say
what it could not compute, and go on.
"""

from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from cxlab.errors import ModelError
from cxlab.show.words import text
from cxlab.show.words.catalogue import N_, translator


class Reason(str):
    """The sentence that says why something is not shown; prose and lists set it apart from what
    is.
    """


class Refusal:
    """What `attempt` gives in place of a result that the data cannot carry. `error` says why."""

    def __init__(self, error: ModelError) -> None:
        self.error = error

    def __repr__(self) -> str:
        return f"Refusal({str(self.error)!r})"


def attempt(function: Callable, *args, **kwargs):
    """`function(*args, **kwargs)`, or a `Refusal` if it raised ModelError. A Refusal among the
    arguments is passed on unchanged.

    A report on few answers must say what it could not compute, and go on. Every show function takes
    a Refusal and prints its reason.
    """
    for value in (*args, *kwargs.values()):
        if isinstance(value, Refusal):
            return value
    try:
        return function(*args, **kwargs)
    except ModelError as error:
        return Refusal(error)


def reason(
    error: Exception | Refusal, language: str = "en", labels: Mapping | None = None
) -> Reason:
    """The reason why something is not shown, as a sentence."""
    error = error.error if isinstance(error, Refusal) else error
    _ = translator(language)
    opening = _("Not shown:")
    # What follows the first semicolon tells an analyst what to do; a client reads only why.
    why = text.explain(error, language, labels).split("; ")[0]
    return Reason(f"{opening} {why.rstrip('.')}.")


def together(results: Iterable) -> pd.DataFrame | Refusal:
    """Results of one kind under each other. Refusals are left out; when nothing else is there, the
    first is the answer.
    """
    results = list(results)
    frames = [one for one in results if isinstance(one, pd.DataFrame)]
    if frames:
        return pd.concat(frames, ignore_index=True)
    return (
        results[0] if results else Refusal(ModelError(N_("the study has no outcome of this kind")))
    )
