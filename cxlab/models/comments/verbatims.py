"""A random sample of respondents' comments without personal data.

Comments are drawn at random, equally many of each class, to avoid selection by the analyst, and the
draw is reproducible. A comment with a telephone number, an address or a name is excluded whole,
because other identifying details in it may have been missed.
"""

import hashlib
import re

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.estimator import estimator
from cxlab.stats.sampling import PASSIVE, PROMOTER
from cxlab.study.privacy.masking import Names, legible, mask
from cxlab.study.study import Study

SHORTEST, LONGEST = 3, 60  # words


@estimator("verbatims")
def verbatims(
    study: Study,
    comment: str,
    *,
    outcome: str | None = None,
    size: int = 3,
    min_cell: int = 10,
    seed: int = 0,
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
    min_cell : int
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
        raise NotAskedError(
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
        raise NotAskedError("comment {comment!r}: nobody wrote anything", comment=comment)
    outcome = outcome or declared.about
    classes = pd.Series("all", study.index)
    if outcome in {declared.id for declared in study.codebook.outcomes if declared.kind == "nps"}:
        ends, names = [-np.inf, PASSIVE, PROMOTER, np.inf], ["detractors", "passives", "promoters"]
        classes = pd.cut(study.outcome(outcome), ends, right=False, labels=names)
    personal = study.personal_values()
    names, identifiers = Names(personal), _numbers(" ".join(personal))
    rows, taken = [], set()
    for level, texts in written.groupby(classes, observed=False):
        count, drawn = len(texts), []
        lots = {
            hashlib.sha256(f"{seed}\n{level}\n{text}".encode()).digest(): text for text in texts
        }
        for _, text in sorted(lots.items()) if count >= min_cell else ():
            read, fits = legible(text), SHORTEST <= len(text.split()) <= LONGEST
            if len(drawn) == size or not fits or text.casefold() in taken:
                continue
            # Personal is what `mask` finds, or a number among the personal answers.
            if mask(text, names) == read and identifiers.isdisjoint(_numbers(read)):
                drawn.append(text)
                taken.add(text.casefold())
        n = np.nan if 0 < count < min_cell else float(count)
        rows += [(comment, outcome, level, text, n) for text in drawn or [None]]
    return pd.DataFrame(rows, columns=["comment", "outcome", "level", "text", "n"])


def _numbers(text: str) -> set[str]:
    """The customers' numbers and the like in a text: neither a name nor of a known form."""
    words = re.findall(r"\w+", text.casefold())
    return {word for word in words if len(word) > 3 and any(c.isdigit() for c in word)}
