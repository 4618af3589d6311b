"""Tests of congruence: is the outcome highest where experience equals expectation?

Humberg, Nestler & Back (2019, Soc. Psychol. Personal. Sci. 10:409) list the conditions of that
claim; each is reported with its estimate and interval.
"""

import numpy as np
import pandas as pd

from cxlab.models.estimator import estimator
from cxlab.models.gap.fit_gap import GapFit
from cxlab.models.gap.gate import CLAIM_LEVEL, p_expectation
from cxlab.models.gap.surface import surface

# The ridge is the first principal axis P = p10 + p11·E.
CONDITIONS = pd.DataFrame(
    [
        ("expectation", "broad", "≠ 0"),
        ("p10", "broad", "= 0"),
        ("p11", "broad", "= 1"),
        ("a4", "broad", "< 0"),
        ("a3", "broad", "= 0"),
        ("a1", "strict", "= 0"),
        ("a2", "strict", "= 0"),
    ],
    columns=["term", "part", "requirement"],
)


@estimator("congruence")
def congruence(
    fit: GapFit, *, n_boot: int = 2000, seed: int = 0, conf_level: float = 0.95
) -> pd.DataFrame:
    """Humberg, Nestler & Back's checklist of congruence for a quadratic fit.

    Parameters
    ----------
    fit, n_boot, seed, conf_level
        As in `surface`.

    Returns
    -------
    DataFrame
        One row a condition: `term part requirement estimate conf_low conf_high p_value holds note
        verdict`. `part` is broad or strict; `verdict`, the same in all rows, is strict, broad or
        none. Intervals of p10 and p11 are bootstrap percentiles (of the delta method with
        `n_boot=0`), those of a1–a4 from the delta method; only these have a p, and `expectation`,
        whose p is `p_expectation` of `compare_gap_forms`.

    Raises
    ------
    ModelError
        The fit is of another form.

    Notes
    -----
    Nothing is claimed unless expectation makes a difference given the experience. Broad congruence
    (the outcome falls as E and P part, whatever their level): the ridge is the
    line of congruence (p10 = 0 and p11 = 1 lie in their intervals), along the line of incongruence
    the surface bends down (a4 < 0, significantly) and has no slope at E = P (a3 = 0 in its
    interval). Strict congruence (and the level makes no difference): also a1 = 0 and a2 = 0. The
    ridge's conditions fail where its direction is not known (b4's interval holds 0). Not rejecting
    "= 0" is weak evidence in a small sample: read the intervals. Source: Humberg, Nestler & Back
    (2019), Soc. Psychol. Personal. Sci. 10:409.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(300, seed=1, form="congruence")
    >>> checklist = cx.congruence(cx.fit_gap(study, "delivery"), n_boot=200)
    >>> bool(checklist["holds"].all())
    True
    """
    table = surface(fit, n_boot=n_boot, seed=seed, conf_level=conf_level)
    frame = CONDITIONS.merge(table, on="term", how="left")
    ridge = frame["term"].isin(["p10", "p11"])
    frame.loc[ridge, "p_value"] = np.nan
    if n_boot:
        frame.loc[ridge, "conf_low"] = frame["boot_low"]
        frame.loc[ridge, "conf_high"] = frame["boot_high"]
    low, high, requirement = frame["conf_low"], frame["conf_high"], frame["requirement"]
    target = (requirement == "= 1").astype(float)
    holds = target.between(low, high).where(requirement != "< 0", high < 0)
    # The interval of an undetermined direction contains 1 without being evidence for it.
    matters = frame["term"] == "expectation"
    frame.loc[matters, "p_value"] = p_expectation(fit.design)
    holds |= matters & (frame["p_value"] < CLAIM_LEVEL)
    frame["note"] = frame["note"].fillna("")
    frame["holds"] = holds & ~(ridge & (frame["note"][frame["term"] == "p11"] != "").any())
    broad, strict = frame["holds"][frame["part"] == "broad"].all(), frame["holds"].all()
    verdict = "none" if not broad else "strict" if strict else "broad"
    return frame[
        [*CONDITIONS, "estimate", "conf_low", "conf_high", "p_value", "holds", "note"]
    ].assign(verdict=verdict)
