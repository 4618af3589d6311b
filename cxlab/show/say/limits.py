"""What a reader must know before trusting the figures, in sentences: who is counted, what is
missing or hidden, and what no survey can tell.
"""

import pandas as pd

from cxlab.show.words.wording import Phrases, message, percent, sentence

STATES = ["answered", "not_used", "no_answer", "not_asked"]


def say_limits(study, *, hidden: int) -> Phrases:
    """Respondents, weights, never-used and unanswered ratings, rows that are not shown, and what a
    survey cannot tell.

    hidden: how many rows of the report's results are not shown.
    """
    yield message(
        "{read} answers were read; {dropped} were left out by the declared filters, and {n} are"
        " in this report.",
        read=study.flow["n"].iloc[0],
        dropped=study.flow["dropped"].sum(),
        n=study.n,
    )
    weights = weights_table(study)
    yield sentence(
        "weights",
        weights.empty,
        n_eff=weights["n_eff"].max(),
    )
    counts = states_table(study.missing())[STATES].sum()
    if counts.sum():
        yield message(
            "Of all experience ratings, {answered} were answered, {not_used} concern a touchpoint"
            " that the respondent never used, {no_answer} were left unanswered and {not_asked} were"
            " not asked.",
            **{state: percent(count / counts.sum(), 1) for state, count in counts.items()},
        )
    yield sentence(
        "hidden",
        min(hidden, 2),
        hidden=hidden,
        cell=study.codebook.report.min_cell,
    )
    if study.codebook.report.protect == "answers":
        yield message(
            "So that no single answer can be known, counts are given to the nearest 5, means to one"
            " decimal, and answers that few gave are not shown."
        )
    yield message(
        "A survey shows what goes together. It cannot show that changing one thing would change"
        " another; for that, try it and measure."
    )


def weights_table(study) -> pd.DataFrame:
    """The effective n of a weighted study (Kish 1965); no row for one without weights."""
    weights = study.weights
    n_eff = [] if weights is None else [weights.sum() ** 2 / (weights**2).sum()]
    return pd.DataFrame({"n_eff": n_eff})


def states_table(missing: pd.DataFrame) -> pd.DataFrame:
    """How each experience question was answered."""
    return missing.loc[missing["role"] == "experience", ["touchpoint", *STATES]]
