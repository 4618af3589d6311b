"""A random sample of respondents' comments without personal data.

Comments are drawn at random, equally many of each class, to avoid selection by the analyst, and the
draw is reproducible. A comment with a telephone number, an address or a name is excluded whole,
because other identifying details in it may have been missed.
"""

import hashlib
import re
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.stats.sampling import PASSIVE, PROMOTER
from cxlab.study.privacy.masking import Names, legible, mask
from cxlab.study.study import Study

SHORTEST, LONGEST = 3, 60  # words
_WORD = re.compile(r"\w+")


def verbatims(
    study: Study,
    comment: str,
    outcome: str | None = None,
    size: int = 3,
    least: int = 10,
    seed: int = 2026,
) -> pd.DataFrame:
    """A few comments of each class of respondents, drawn by lot.

    Parameters
    ----------
    study : Study
    comment : str
        Id of the comment in study.yml.
    outcome : str, optional
        The outcome whose classes are taken; the one which the comment is declared to be about
        unless given. Of an NPS the classes are detractors, passives and promoters, of anything else
        there is one, "all".
    size : int
        Comments of each class, at most.
    least : int
        A class in which fewer respondents wrote is shown without text and, where anybody did,
        without n.
    seed : int
        Seed of the lot.

    Returns
    -------
    DataFrame
        `comment outcome level text n`: one row a comment drawn, or one without text for a class of
        which none may be; `n` respondents of the class wrote something.

    Raises
    ------
    ModelError
        An unknown comment, a column that was not asked, and where nobody wrote.

    Notes
    -----
    Drawn are different comments (no comment for two classes) of 3 to 60 words in which `mask` finds
    no personal data, respondents' own names and numbers among them. The lot is the SHA-256 of seed,
    class and text, so that neither the order nor the number of respondents moves it.
    """
    declared = study.codebook.comments.get(comment)
    if declared is None:
        raise ModelError(
            "comment {comment!r}: this study declares {known}",
            comment=comment,
            known=", ".join(study.codebook.comments) or "no comments",
        )
    answers = study.responses
    if declared.column not in answers:
        raise ModelError(
            "comment {comment!r}: there is no such column, or it is declared as personal data",
            comment=comment,
        )
    written = answers[declared.column].fillna("").astype(str).str.split().str.join(" ")
    written = written[written != ""]
    if written.empty:
        raise ModelError("comment {comment!r}: nobody wrote anything", comment=comment)
    outcome = outcome or declared.about
    identifies = _identifier(study.personal_values())
    rows, taken = [], set()
    for level, texts in written.groupby(_classes(study, outcome), observed=False):
        count, drawn = len(texts), []
        if count >= least:
            drawn = _drawn(texts, size, f"{seed}\n{level}", identifies, taken)
        n = np.nan if 0 < count < least else float(count)
        rows += [(comment, outcome, level, text, n) for text in drawn or [None]]
    return pd.DataFrame(rows, columns=["comment", "outcome", "level", "text", "n"])


def _classes(study: Study, outcome: str | None) -> pd.Series:
    if outcome not in set(study.outcomes["outcome"]) or study.outcome_kind(outcome) != "nps":
        return pd.Series("all", index=study.index, dtype=pd.CategoricalDtype(["all"]))
    names = ["detractors", "passives", "promoters"]
    ends = [-np.inf, PASSIVE, PROMOTER, np.inf]
    return pd.cut(study.outcome(outcome), ends, right=False, labels=names)


def _identifier(personal: Iterable[str]) -> Callable[[str], bool]:
    """Whether a text holds anything personal: what `mask` finds, or one of the customers' numbers
    and the like among the personal answers, which are neither a name nor of a known form.
    """
    names = Names(personal)
    words = {word for value in personal for word in _WORD.findall(value.casefold())}
    numbers = {word for word in words if len(word) > 3 and any(c.isdigit() for c in word)}

    def identifies(text: str) -> bool:
        read = legible(text)
        return mask(text, names) != read or not numbers.isdisjoint(_WORD.findall(read.casefold()))

    return identifies


def _drawn(
    texts: pd.Series, size: int, salt: str, identifies: Callable[[str], bool], taken: set[str]
) -> list[str]:
    fitting = texts[texts.str.split().str.len().between(SHORTEST, LONGEST)].unique()
    lots = {hashlib.sha256(f"{salt}\n{text}".encode()).digest(): text for text in fitting}
    drawn = []
    for _, text in sorted(lots.items()):
        if len(drawn) == size:
            break
        if text.casefold() not in taken and not identifies(text):
            drawn.append(text)
            taken.add(text.casefold())
    return drawn
