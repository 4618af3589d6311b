"""Whom a mask, a function or a query selects among the respondents of a study."""

from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, wrong_kind
from cxlab.study.codebook.schema import PROBLEM

# Roles in which something asked may explain an answer, and a query name it by its id.
CAUSES = ("experience", "construct", "outcome")
UNREADABLE = (SyntaxError, NameError, TypeError, ValueError, KeyError, AttributeError)
WRITE = "study.where(study.outcome('recommend') >= 9)"


def rows_of(study: Any, mask: Any) -> np.ndarray:
    """True for each respondent whom the mask keeps (n); see `Study.where`."""
    given = mask
    if isinstance(mask, str):
        mask = _found(study, mask)
    elif callable(mask):
        mask = mask(study)
    if isinstance(mask, pd.Series):
        foreign = mask.index.difference(study.index)
        if len(foreign) or not mask.index.is_unique:
            raise ModelError(
                "the mask has labels that are not this study's, or one of them twice; make it from"
                " the study's own answers, such as {write}",
                write=WRITE,
            )
        mask = mask.reindex(study.index)
    kept = pd.Series(mask if np.ndim(mask) == 1 else [""], dtype=object)
    kept = kept.where(kept.notna(), False)
    if not kept.map(lambda one: isinstance(one, (bool, np.bool_))).all():
        raise wrong_kind("where", "true or false for each respondent", given, WRITE)
    if len(kept) != study.n:
        raise ModelError(
            "the mask has {length} values for {n} respondents", length=len(kept), n=study.n
        )
    return kept.to_numpy(dtype=bool)


def _found(study: Any, query: str) -> pd.Series:
    """Whom a query finds among experiences, constructs, outcomes (numbers) and splits (text)."""
    book, frame = study.codebook, pd.DataFrame(index=study.index)
    for item in book.items:
        if set(item.questions) & set(CAUSES):
            frame[item.id] = study.source(item.id)[item.id]
    for column in filter(None, (*book.segments, book.wave, book.account)):
        frame[column] = study.column(column)
    if book.problems:
        frame[PROBLEM] = study.group(PROBLEM)
    try:
        return frame.eval(query)
    except UNREADABLE as error:
        raise ModelError(
            "where={query!r} cannot be read ({reason}); compare {known} with numbers or words in"
            " quotes, such as 'recommend >= 9'",
            query=query,
            reason=str(error).partition("\n")[0],
            known=", ".join(map(str, frame)),
        ) from None
