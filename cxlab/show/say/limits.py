"""What a reader must know before trusting the figures, in sentences: who is counted, what is
missing or hidden, and what no survey can tell.
"""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from cxlab.show.disclosure.rules import suppress_counts, suppressed
from cxlab.show.page.parts import Said, behind
from cxlab.show.words.catalogue import N_, WORDS
from cxlab.show.words.wording import Wording


def say_limits(
    study, *results: object, language: str = "en", labels: Mapping | None = None
) -> list[str]:
    """Respondents, weights, never-used and unanswered ratings, suppressed cells, and what a survey
    cannot tell.

    study: a Study. results: the suppressed frames of the report, counted; a Refusal among them is
    not.
    """
    _ = Wording(language, labels)
    hidden, cell = suppressed(*results), study.codebook.report.min_cell
    held = (
        N_(
            "{hidden} rows are not shown because they rest on fewer than {cell} answers, or"
            " would reveal one that does."
        )
        if hidden
        else N_("No row had to be hidden: each rests on at least {cell} answers.")
    )
    return [
        _(
            "{read} answers were read; {dropped} were left out by the declared filters, and {n} are"
            " in this report.",
            read=study.flow["n"].iloc[0],
            dropped=study.flow["dropped"].sum(),
            n=study.n,
        ),
        _say_weights(_, study.weights),
        _say_missing(_, study, cell),
        _(held, hidden=hidden, cell=cell),
        _(
            "A survey shows what goes together. It cannot show that changing one thing would change"
            " another; for that, try it and measure."
        ),
    ]


def _say_weights(_: Wording, weights: pd.Series | None) -> str:
    if weights is None:
        return _("Every answer counts the same: the study has no weights.")
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    message = N_(
        "Answers are weighted; after weighting they carry the information of {n_eff} unweighted"
        " answers (effective n)."
    )
    table = behind(_, pd.DataFrame({"n_eff": [effective]}), _("Weights"))
    return Said(_(message, n_eff=effective), lambda: [table])


def _say_missing(_: Wording, study, cell: int) -> str:
    missing = study.missing()
    missing = missing[missing["role"] == "experience"]
    counts = missing[["answered", "not_used", "no_answer", "not_asked"]].sum()
    caption = WORDS["captions"]["missing"]
    shares = counts / max(float(counts.sum()), 1.0)
    message = N_(
        "Of all experience ratings, {answered} were answered, {not_used} concern a touchpoint that"
        " the respondent never used, {no_answer} were left unanswered and {not_asked} were not"
        " asked."
    )
    named = replace(_, labels=_.labels or study.labels(_.language))
    shown = suppress_counts(missing[["touchpoint", *counts.index]], cell)
    table = behind(named, shown, _(caption))
    sentence = _(message, **{state: _.percent(share, 1) for state, share in shares.items()})
    return Said(sentence, lambda: [table])
