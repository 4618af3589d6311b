"""A random sample of respondents' comments without personal data.

Comments are drawn at random, equally many of each class, to avoid selection by the analyst, and the
draw is reproducible. A comment with a telephone number, an address or a name is excluded whole,
because other identifying details in it may have been missed.
"""

import hashlib
import re

import numpy as np
import pandas as pd

from cxlab.models.comments.written import declared_comment, nps_classes, written
from cxlab.models.estimator import estimator
from cxlab.study.coding import coding_of, verdict
from cxlab.study.privacy.masking import Names, legible, mask
from cxlab.study.study import Study

SHORTEST, LONGEST = 3, 60  # words


@estimator("verbatims")
def verbatims(
    study: Study,
    comment: str,
    *,
    outcome: str | None = None,
    by: str | None = None,
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
    by : {"code", "touchpoint", "stage"}, optional
        In place of these classes, what coders say that a comment is about (`codes`), without codes
        on which they do not agree.
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
        `comment outcome group level text n`: one row a comment drawn, or one without text for a
        class of which none may be; `n` respondents of the class wrote something.

    Raises
    ------
    ModelError
        An unknown comment, a column that was not asked, where nobody wrote, or nobody coded.

    Notes
    -----
    Drawn are different comments (no comment for two classes) of 3 to 60 words in which `mask` finds
    no personal data, respondents' own names and numbers among them. The lot is the SHA-256 of seed,
    class and text, so that neither the order nor the number of respondents moves it.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(600, seed=11, design="telecom")
    >>> drawn = cx.comments.verbatims(study, "why", size=1)
    >>> drawn["level"].tolist()
    ['detractors', 'passives', 'promoters']
    """
    texts = written(study, comment)
    outcome = outcome or declared_comment(study, comment).about
    if by is None:
        classes = pd.Series("all", study.index)
        if outcome in study.outcomes.loc[study.outcomes["kind"] == "nps", "outcome"].tolist():
            classes = nps_classes(study, outcome)
        group, groups = "all", dict(iter(texts.groupby(classes, observed=False)))
    else:
        coding = coding_of(study, comment, by)
        group = coding.group
        marks = coding.marks.reindex(texts.index)
        known = dict(zip(coding.levels, map(verdict, coding.alphas()), strict=True))
        groups = {one: texts[marks[one] == 1] for one in known if known[one] != "disputed"}
    personal = study.personal_values()
    names, identifiers = Names(personal), _numbers(" ".join(personal))
    rows, taken = [], set()
    for level, texts in groups.items():
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
        rows += [(comment, outcome, group, level, text, n) for text in drawn or [None]]
    return pd.DataFrame(rows, columns=["comment", "outcome", "group", "level", "text", "n"])


def _numbers(text: str) -> set[str]:
    """The customers' numbers and the like in a text: neither a name nor of a known form."""
    words = re.findall(r"\w+", text.casefold())
    return {word for word in words if len(word) > 3 and any(c.isdigit() for c in word)}
