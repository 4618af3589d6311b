"""Which words one group of customers writes and another does not.

Counted are respondents who used a term, not how often it was used: one angry customer writes
"atraso" five times, and a test of tokens takes that for five customers. The label of a comment is
its writer's own rating, never a score of its words.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from statsmodels.stats.multitest import multipletests

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.comments.terms import language_of, terms_of
from cxlab.models.comments.written import NPS_CLASSES, declared_comment, nps_classes, written
from cxlab.models.estimator import estimator
from cxlab.stats.inference import holm
from cxlab.stats.odds import Side, compare_shares
from cxlab.study.privacy.masking import Names
from cxlab.study.sample import Sample, Split
from cxlab.study.splits import crossed
from cxlab.study.study import Study

# Of fewer comments a class shows who wrote, not what is usually written.
LEAST = 50
NPS_CLASS = "nps_class"
COLUMNS = (
    *("comment", "word", "outcome", "group", "level", "against", "n_said", "n"),
    *("n_said_against", "n_against", "figure", "figure_against"),
    *("ratio", "ratio_low", "ratio_high", "estimate", "std_error", "statistic", "p_value"),
    *("conf_low", "conf_high", "p_holm", "p_bh"),
)


@estimator("keyness")
def keyness(
    study: Study,
    comment: str,
    *,
    outcome: str | None = None,
    by: Split = None,
    language: str | None = None,
    min_cell: int = 10,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Terms that detractors use and promoters do not, or one group of respondents and the others.

    Parameters
    ----------
    study : Study
    comment : str
        Id of the comment in study.yml.
    outcome : str, optional
        An NPS, whose detractors are compared with its promoters; the one that the comment is
        declared to be about, or the report's, unless given.
    by : str, optional
        In place of these a split of the study ("wave", a segment): each level with all others
        (`against` is None); of two levels, the first with the second.
    language : str, optional
        Of the comments, pt, en or es; what study.yml declares unless given.
    min_cell : int
        Fewest respondents, of both groups together, that used a term.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        One row a term (and level), the smallest p first: `comment word outcome group level against
        n_said n n_said_against n_against figure figure_against ratio ratio_low ratio_high estimate
        std_error statistic p_value conf_low conf_high p_holm p_bh`. `n_said` of `n` respondents in
        `level` who wrote something used the term, `n_said_against` of `n_against` in `against`;
        `figure` and `figure_against` are these shares, weighted; `ratio` the first by the second.
        `estimate` is the log odds ratio; the test is Pearson's, of the two shares. Adjusted over
        all rows: `p_holm` for any false finding, `p_bh` for the share of false ones among them.

    Raises
    ------
    NotAskedError
        An unknown comment, or one that nobody wrote.
    ModelError
        A language that is not declared or not known; no NPS; fewer than 50 respondents of a class
        who wrote; no term that min_cell of them used.

    Notes
    -----
    Respondents, not tokens: idea of Monroe, Colaresi & Quinn (2008), Political Analysis 16:372,
    without their prior, since terms of few are left out. Linearised errors under weights and
    accounts, strata left out of account (Binder 1983); unweighted the log odds ratio and ratio of
    statsmodels' Table2x2; Rao & Scott (1981) for the test. A respondent of a panel, or an account
    that writes several rows (`writer: account`), counts once in a group. Holm (1979); Benjamini &
    Hochberg (1995). Stems by Snowball, shown as the commonest word; "não recomendo" is the term
    não_recomendo. The difference goes with the group and is no effect of it.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> said = ["longo atraso"] * 30 + ["tudo bem"] * 30 + ["um atraso"] * 6 + ["bom preço"] * 54
    >>> frame = pd.DataFrame({"why": said, "nps": [2] * 60 + [10] * 60})
    >>> recommend = {"recommend": {"kind": "nps", "column": "nps"}}
    >>> why = {"why": {"column": "why", "about": "recommend", "language": "pt-BR"}}
    >>> study = cx.Study.from_frame(frame, {}, recommend, comments=why)
    >>> found = cx.comments.keyness(study, "why").set_index("word")
    >>> found.loc["atraso", ["n_said", "n_said_against", "ratio"]].round(2).tolist()
    [30.0, 6.0, 5.0]
    """
    texts = written(study, comment)
    declared = declared_comment(study, comment)
    language = language_of(language or declared.language, comment)
    terms = terms_of(texts, language, Names(study.personal_values()))
    writers = study.accounts if declared.writer == "account" else None
    if study.codebook.panel:
        writers = study.respondents
    whole = _Whole(study, texts, *terms, writers)
    group, outcome = crossed(by), None if by else outcome or _nps_of(study, declared.about)
    if by:
        classes = study.group(by)[texts.index]
        levels = [one for one in study.levels(by) if (classes == one).any()]
        pairs = [(one, None) for one in levels] if len(levels) > 2 else [tuple(levels)]
    else:
        classes, pairs = (
            nps_classes(study, outcome)[texts.index],
            [(NPS_CLASSES[0], NPS_CLASSES[2])],
        )
    about = {"comment": comment, "outcome": outcome, "group": group or NPS_CLASS}
    parts = [*whole.compared(classes, pairs, min_cell, conf_level)]
    if not parts:
        sizes = {one: int((classes == one).sum()) for pair in pairs for one in pair if one}
        fewest = min(sizes, key=sizes.get, default=group)
        raise ModelError(
            "comment {comment!r}: of {level} {n} wrote, too few to compare their words with those"
            " of others; at least {least} are needed in each group",
            comment=comment,
            group=group or NPS_CLASS,
            level=fewest,
            n=sizes.get(fewest, 0),
            least=LEAST,
        )
    frame = pd.concat(parts, ignore_index=True).assign(**about)
    if frame.empty:
        raise ModelError(
            "comment {comment!r}: no word was used by {min_cell} respondents",
            comment=comment,
            min_cell=min_cell,
        )
    frame["p_holm"] = holm(frame["p_value"])
    frame["p_bh"] = multipletests(frame["p_value"], method="fdr_bh")[1]
    return frame.sort_values(["p_value", "word"], ignore_index=True)[[*COLUMNS]]


@dataclass(frozen=True)
class _Whole:
    """All who wrote, and the terms that each of them used."""

    study: Study
    texts: pd.Series
    used: sparse.csr_array
    words: np.ndarray
    writers: pd.Series | None

    def compared(
        self, classes: pd.Series, pairs: list[tuple], min_cell: int, conf_level: float
    ) -> Iterator[pd.DataFrame]:
        """The terms of each two classes of which enough wrote."""
        sample = Sample.of(self.study, self.texts.index)
        for level, against in pairs if len(pairs[0]) == 2 else ():
            others = classes.notna() & (classes != level) if against is None else classes == against
            masks = (classes == level).to_numpy(bool), others.to_numpy(bool)
            sides = [self._side(sample, mask) for mask in masks]
            if min(side.sample.n for side in sides) < LEAST:
                continue
            counts = np.array([side.used.sum(axis=0) for side in sides]).astype(int)
            often = counts.sum(axis=0) >= min_cell
            sides = [side._replace(used=side.used[:, often]) for side in sides]
            told = compare_shares(*sides, conf_level)
            names = {"word": self.words[often], "level": level, "against": against}
            sizes = {"n": sides[0].sample.n, "n_against": sides[1].sample.n}
            counted = dict(zip(("n_said", "n_said_against"), counts[:, often], strict=True))
            yield pd.DataFrame(names | counted | sizes | told)

    def _side(self, sample: Sample, mask: np.ndarray) -> Side:
        """The writers of a class, each of them once with what he wrote in any row."""
        side = Side(self.used[mask], sample.at(mask))
        if self.writers is None:
            return side
        people = pd.factorize(self.writers[self.texts.index][mask], use_na_sentinel=False)[0]
        first = ~pd.Series(people).duplicated().to_numpy()
        place = sparse.csr_array((np.ones(len(people)), (people, np.arange(len(people)))))
        return Side((place @ side.used > 0).astype(float), side.sample.at(first))


def _nps_of(study: Study, about: str | None) -> str:
    """The NPS that a comment is about, else the report's or the first."""
    kinds = study.outcomes.set_index("outcome")["kind"]
    scores = kinds.index[kinds == "nps"]
    for one in (about, study.codebook.main_outcome, *scores):
        if one in scores:
            return one
    raise NotAskedError("this study has no NPS whose classes could be compared; give by=, a split")
