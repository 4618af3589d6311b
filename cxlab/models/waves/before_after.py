"""What changed where something was done, beside what changed where nothing was.

After an action everything may rise: a season, a price, another questionnaire. What those show who
were not reached says how much would have changed anyway, as long as both groups went the same way
before.
"""

from collections.abc import Iterable
from itertools import product

import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.design import Design, first_reason
from cxlab.models.estimator import estimator
from cxlab.models.fit import least_squares
from cxlab.stats.inference import holm
from cxlab.stats.sampling import nps_scores
from cxlab.study.sample import Sample
from cxlab.study.study import Study

TREATED = "treated"
COLUMNS = (
    *("outcome", "group", "level", "step", "when", "estimate", "std_error", "statistic", "p_value"),
    *("conf_low", "conf_high", "p_holm", "treated_before", "treated_after", "others_before"),
    *("others_after", "n_treated", "n_others", "n", "verdict"),
)


@estimator("before_after")
def before_after(
    study: Study,
    outcome: str,
    *,
    by: str,
    treated: str | Iterable[str],
    since: str,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """The change of an outcome where an action was taken, less the change where it was not
    (difference in differences), and the same of the waves before it.

    Parameters
    ----------
    study : Study
        A study of several waves.
    outcome : str
        Id of the outcome, of an NPS in its points; or of a touchpoint: its experience.
    by : str
        The segment that tells whom the action reached.
    treated : str or iterable of str
        Its levels that were reached; all others were not.
    since : str
        The first wave after the action; the one before it is the base of all comparisons.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        One row a wave other than the base: `outcome group level step when estimate std_error
        statistic p_value conf_low conf_high p_holm treated_before treated_after others_before
        others_after n_treated n_others n verdict`. `step` is from the base to the wave ("2025 →
        2026"), `when` `before` or `after`; `estimate` the change of the treated less that of the
        others, in points of the outcome; the four means are those of both groups in the base
        (`_before`) and the wave (`_after`), `n_treated` and `n_others` the respondents in both
        waves. Rows before the action should be near 0; `p_holm` is adjusted over them, and over
        those after it. `verdict` is `parallel` where none before differs from 0 beyond chance,
        `apart` where one does, `unknown` where there is only one wave before.

    Raises
    ------
    NotAskedError
        The study has no waves.
    ModelError
        No group that was not reached, an unknown wave or level, no wave before the action, a group
        that nobody answered for in a wave of the comparison.

    Notes
    -----
    Card & Krueger (1994), Am. Econ. Rev. 84:772; least squares with a term for each wave, each
    group and both, whose HC2 errors are those of the four means apart; by respondent or account
    (CR2) where these stand in several waves, with Bell & McCaffrey's (2002) degrees of freedom.
    Checked against the four means, Welch's test and statsmodels. Waves that seem parallel are no
    proof that they would have stayed so (Roth 2022, AER: Insights 4:305).

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> rows = [(r, w, y) for r in ("N", "S") for w in "123" for y in (4, 5, 6, 7)]
    >>> frame = pd.DataFrame(rows, columns=["region", "wave", "y"])
    >>> frame["y"] += ((frame["region"] == "S") & (frame["wave"] == "3")) * 2
    >>> outcomes = {"loyalty": {"kind": "score", "column": "y", "scale": "s"}}
    >>> scales = {"s": {"min": 0, "max": 10}}
    >>> study = cx.Study.from_frame(
    ...     frame, {}, outcomes, scales=scales, segments=["region"], wave="wave"
    ... )
    >>> table = cx.waves.before_after(study, "loyalty", by="region", treated="S", since="3")
    >>> table[["step", "when", "estimate", "verdict"]].round(2).values.tolist()
    [['2 → 1', 'before', 0.0, 'parallel'], ['2 → 3', 'after', 2.0, 'parallel']]
    """
    reached = [treated] if isinstance(treated, str) else list(treated)
    _refuse(study, by, reached, since)
    order, groups = study.wave_order, study.group(by)
    base = order[order.index(since) - 1]
    y = study.outcome(outcome) if study.outcome_kind(outcome) else study.rating(outcome)
    if study.outcome_kind(outcome) == "nps":
        y = pd.Series(nps_scores(y), y.index).where(y.notna())
    waves, hit = study.waves, groups.isin(reached)
    there = [wave for wave in order if y[waves == wave].notna().any()]
    others = [wave for wave in there if wave != base]
    terms = {TREATED: hit} | {f"wave[{one}]": waves == one for one in others}
    terms |= {f"{TREATED}:wave[{one}]": hit & (waves == one) for one in others}
    unknown = groups.isna() | waves.isna()
    reason = first_reason({"outcome_not_answered": y.isna(), "group_not_known": unknown})
    cells = _cells(study, y[reason == ""], hit)
    for side, wave in product((True, False), dict.fromkeys([base, since, *there])):
        if (side, wave) not in cells.index or cells.loc[(side, wave), "n"] < 2:
            raise ModelError(
                "outcome {outcome}: fewer than two respondents of the {side} answered it in wave"
                " {wave}",
                outcome=outcome,
                side="treated" if side else "others",
                wave=wave,
            )
    design = Design.of(study, outcome, pd.DataFrame(terms).astype(float), y, reason)
    table, rows = least_squares(design, "before and after").tidy(conf_level=conf_level), []
    table = table.set_index("term")
    for wave in others:
        found = table.loc[f"{TREATED}:wave[{wave}]"]
        row = {"step": f"{base} → {wave}", "when": _when(order, wave, since)}
        for name, side in (("treated", True), ("others", False)):
            early, late = cells.loc[(side, base)], cells.loc[(side, wave)]
            row |= {f"{name}_before": early["mean"], f"{name}_after": late["mean"]}
            row[f"n_{name}"] = int(early["n"] + late["n"])
        rows.append(row | found.reindex([*COLUMNS]).dropna().to_dict())
    frame = pd.DataFrame(rows).reindex(columns=[*COLUMNS])
    frame["n"] = frame["n_treated"] + frame["n_others"]
    frame["p_holm"] = frame.groupby("when")["p_value"].transform(holm)
    early = frame.loc[frame["when"] == "before", "p_holm"]
    apart = "apart" if (early < 1 - conf_level).any() else "parallel"
    level = " + ".join(reached)
    verdict = apart if len(early) else "unknown"
    return frame.assign(outcome=outcome, group=by, level=level, verdict=verdict)


def _refuse(study: Study, by: str, reached: list[str], since: str) -> None:
    """Raise ModelError where there is nothing to compare with."""
    order, levels = study.wave_order, study.levels(by)
    if len(order) < 2:
        raise NotAskedError("this study has no waves; what changed is not known")
    for name, given, known in (("since", [since], order), ("treated", reached, levels)):
        if unknown := sorted({*given} - {*known}):
            raise ModelError(
                "{name}={value!r} is not one of {known}",
                name=name,
                value=unknown[0],
                known=", ".join(known),
            )
    if not {*levels} - {*reached}:
        raise ModelError(
            "by={by!r}: all groups are treated; without one that was not, what would have changed"
            " anyway is not known",
            by=by,
        )
    if since == order[0]:
        raise ModelError("since={since!r} is the first wave; there is none before it", since=since)


def _when(order: list[str], wave: str, since: str) -> str:
    return "after" if order.index(wave) >= order.index(since) else "before"


def _cells(study: Study, y: pd.Series, hit: pd.Series) -> pd.DataFrame:
    """`n mean` of each side in each wave."""
    keys, w = [hit[y.index], study.waves[y.index]], Sample.of(study, y.index).w
    sums = pd.DataFrame({"n": 1, "w": w, "y": w * y}, index=y.index).groupby(keys).sum()
    return sums.assign(mean=sums["y"] / sums["w"])
