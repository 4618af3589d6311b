"""What respondents wrote: a few comments for a report, drawn so that nobody chose them and nobody
is told on.

An analyst who picks the comments picks the story. So they are drawn by lot, as many of those who
praise as of those who complain, and the same lot falls whenever the report is made again. Who wrote
a telephone number, an address or a name is not drawn: where one thing that tells on somebody was
found, another may have been overlooked.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

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
    """Up to `size` comments of each class of respondents, drawn by lot: `comment outcome level text
    n`.

    comment: its id in study.yml. outcome: whose classes are taken, that which the comment is
    declared to be about unless given; of an NPS the classes are detractors, passives and promoters,
    of anything else there is one, "all". A class in which fewer than `least` respondents wrote is
    one row with no text and, where anybody did, with no n (METHODS §9). n: how many respondents of
    the class wrote something.

    Drawn are different comments (no comment for two classes) of 3 to 60 words in which `mask` finds
    no personal data, respondents' own names and numbers among them; a class of which none is like
    that has a row with its n and no text. The lot is the SHA-256 of seed, class and text, so that
    neither the order nor the number of respondents moves it. Raises ModelError for an unknown
    comment, a column that was not asked, and where nobody wrote.
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
    classes = _classes(study, outcome)
    personal = study.personal_values()
    names, numbers = Names(personal), _numbers(personal)
    rows, taken = [], set()
    for level in classes.cat.categories:
        texts = written[classes.reindex(written.index) == level]
        count = len(texts)
        if count < least:
            rows.append((level, None, np.nan if count else 0.0))
            continue
        drawn = _drawn(texts, size, f"{seed}\n{level}", names, numbers, taken)
        rows += [(level, text, float(count)) for text in drawn or [None]]
    found = pd.DataFrame(rows, columns=["level", "text", "n"])
    found.insert(0, "comment", comment)
    found.insert(1, "outcome", outcome)
    return found


def _classes(study: Study, outcome: str | None) -> pd.Series:
    if (
        outcome is None
        or outcome not in study.outcomes["outcome"].tolist()
        or study.outcome_kind(outcome) != "nps"
    ):
        return pd.Series("all", index=study.index, dtype=pd.CategoricalDtype(["all"]))
    names = ["detractors", "passives", "promoters"]
    return pd.cut(
        study.outcome(outcome), [-np.inf, PASSIVE, PROMOTER, np.inf], right=False, labels=names
    )


def _tells(text: str, names: Names, numbers: set[str]) -> bool:
    return mask(text, names) != legible(text) or not numbers.isdisjoint(
        _WORD.findall(legible(text).casefold())
    )


def _numbers(personal: Iterable[str]) -> set[str]:
    """Customers' numbers and the like among the personal answers, which are neither a name nor of a
    known form.
    """
    return {
        word
        for value in personal
        for word in _WORD.findall(value.casefold())
        if len(word) > 3 and any(c.isdigit() for c in word)
    }


def _drawn(
    texts: pd.Series, size: int, salt: str, names: Names, numbers: set[str], taken: set[str]
) -> list[str]:
    lots = {
        text: hashlib.sha256(f"{salt}\n{text}".encode()).digest()
        for text in dict.fromkeys(texts)
        if SHORTEST <= len(text.split()) <= LONGEST
    }
    drawn: list[str] = []
    for text in sorted(lots, key=lots.__getitem__):
        if len(drawn) == size:
            break
        if not _tells(text, names, numbers) and text.casefold() not in taken:
            drawn.append(text)
            taken.add(text.casefold())
    return drawn
