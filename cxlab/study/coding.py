"""The codes that people gave to comments, as numbers: who said what a code means, by how many of
its coders, and whether these agree.
"""

import contextlib
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.stats.agreement import krippendorff

# Krippendorff (2004), Content Analysis, p. 241: conclusions from .8, tentative ones from .667.
RELIABLE, TENTATIVE = 0.8, 0.667
EACH = ("code", "touchpoint", "stage")


class Coding(NamedTuple):
    """Ratings (levels × coders × coded respondents) of 1, 0 or NaN; the levels are codes, or the
    touchpoints or stages that codes are about; `group` is what a table calls them together.
    """

    group: str
    levels: list[str]
    ratings: np.ndarray
    index: pd.Index

    @property
    def marks(self) -> pd.DataFrame:
        """Respondents × levels: 1 where more than half of those who coded a comment gave it, so
        that of two both have to.
        """
        shares = np.nanmean(self.ratings, axis=1)
        return pd.DataFrame((shares > 0.5).T.astype(float), self.index, self.levels)

    def alphas(self) -> list[float]:
        """Krippendorff's alpha of each level; NaN where one person coded, or all is alike."""
        if (~np.isnan(self.ratings[0])).sum(axis=0).max() < 2:
            return [np.nan] * len(self.levels)
        return [krippendorff(one, n_boot=0)["estimate"] for one in self.ratings]


def coding_of(study: Any, comment: str, each: str = "code") -> Coding:
    """What coders gave to a comment. NotAskedError where nobody coded it."""
    declared, held = study.codebook.comments.get(comment), coded_by(study, comment)
    book = getattr(declared, "codebook", {})
    if not book or held.empty:
        raise NotAskedError(
            "comment {comment!r}: nobody coded it; declare codebook: and the file of codes: under"
            " comments",
            comment=comment,
        )
    if each not in EACH:
        raise ModelError("each={each!r}: choose one of {known}", each=each, known=", ".join(EACH))
    points = study.touchpoints.set_index("touchpoint")["stage"]
    of = {code: code for code in book}
    if each != "code":
        of = {code: one.touchpoint for code, one in book.items() if one.touchpoint}
    if each == "stage":
        of = {code: points[point] for code, point in of.items() if points[point]}
    usual = {"touchpoint": [*points.index], "stage": [*points.unique()]}.get(each, [*book])
    levels = [one for one in usual if one in of.values()]
    if not levels:
        raise ModelError(
            "comment {comment!r}: no code of its codebook is about a {each}; give codes a"
            " touchpoint",
            comment=comment,
            each=each,
        )
    coders, index = sorted(held["coder"].unique()), held.index.unique()
    at = [*map(coders.index, held["coder"])], index.get_indexer(held.index)
    ratings = np.full((len(levels), len(coders), len(index)), np.nan)
    ratings[:, *at] = 0
    for level, coder, row in zip(held["code"].map(of), *at, strict=True):
        if level in levels:
            ratings[levels.index(level), coder, row] = 1
    return Coding(f"{each}_{comment}", levels, ratings, index)


def coded_by(study: Any, comment: str) -> pd.DataFrame:
    """The codes of a comment, `coder code` by respondent (the index, in the order of respondents),
    one row a code; "" of a comment to which none applied.
    """
    held, ids = study._coded, study.respondents
    if held is None or ids is None:
        return pd.DataFrame(columns=["coder", "code"])
    mine = held[held["comment"] == comment]
    rows = pd.Series(study.index, index=ids.to_numpy())
    mine = mine[mine["respondent"].isin(rows.index)]
    held = mine[["coder", "code"]].set_axis(pd.Index(rows[mine["respondent"]].to_numpy()))
    return held.sort_index(kind="stable")


def verdict(alpha: float) -> str:
    """Whether coders agree; "" where it is not known."""
    if np.isnan(alpha):
        return ""
    return "agreed" if alpha >= RELIABLE else "tentative" if alpha >= TENTATIVE else "disputed"


def marks_of(study: Any) -> dict[str, pd.DataFrame]:
    """Who said what, by comment, under the name that a table of its codes has as its group."""
    found = {}
    for comment in study.codebook.comments:
        with contextlib.suppress(NotAskedError):
            coding = coding_of(study, comment)
            found[coding.group] = coding.marks.reindex(study.index)
    return found
