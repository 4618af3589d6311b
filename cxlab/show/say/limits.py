"""What a reader must know before trusting the figures, in sentences: who is counted, what is
missing or hidden, and what no survey can tell.
"""

import pandas as pd

from cxlab.show.disclosure.rules import suppress_counts
from cxlab.show.words.catalogue import MESSAGES, N_
from cxlab.show.words.wording import Phrases, message, percent

# Title of the table of weights, which stands behind its sentence.
WEIGHTS = N_("Weights")
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
    yield message(
        MESSAGES["weights"][weights.empty],
        n_eff=weights["n_eff"].max(),
    )
    counts = _states(study)[STATES].sum()
    shares = counts / max(counts.sum(), 1)
    yield message(
        "Of all experience ratings, {answered} were answered, {not_used} concern a touchpoint that"
        " the respondent never used, {no_answer} were left unanswered and {not_asked} were not"
        " asked.",
        **{state: percent(share, 1) for state, share in shares.items()},
    )
    yield message(
        MESSAGES["hidden"][hidden > 0],
        hidden=hidden,
        cell=study.codebook.report.min_cell,
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


def states_table(study, min_cell: int) -> pd.DataFrame:
    """How each experience question was answered, without those that too few answered."""
    return suppress_counts(_states(study), min_cell)


def _states(study) -> pd.DataFrame:
    missing = study.missing()
    return missing.loc[missing["role"] == "experience", ["touchpoint", *STATES]]
