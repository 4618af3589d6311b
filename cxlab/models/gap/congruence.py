"""Tests of congruence: is the outcome highest where experience equals expectation?

Humberg, Nestler & Back (2019, Soc. Psychol. Personal. Sci. 10:409) list the conditions of that
claim; each is reported with its estimate and interval.
"""

import numpy as np
import pandas as pd

from cxlab.models.gap.fit_gap import GapFit
from cxlab.models.gap.surface import surface

# condition: (part of the claim, what must hold). The ridge is the first principal axis P = p10 +
# p11·E.
CONDITIONS = {
    "p10": ("broad", "= 0"),
    "p11": ("broad", "= 1"),
    "a4": ("broad", "< 0"),
    "a3": ("broad", "= 0"),
    "a1": ("strict", "= 0"),
    "a2": ("strict", "= 0"),
}


def congruence(
    fit: GapFit, n_boot: int = 5000, seed: int = 0, conf_level: float = 0.95
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
        `n_boot=0`), those of a1–a4 from the delta method; only these have a p.

    Raises
    ------
    ModelError
        The fit is of another form.

    Notes
    -----
    Broad congruence (the outcome falls as E and P part, whatever their level): the ridge is the
    line of congruence (p10 = 0 and p11 = 1 lie in their intervals), along the line of incongruence
    the surface bends down (a4 < 0, significantly) and has no slope at E = P (a3 = 0 in its
    interval). Strict congruence (and the level makes no difference): also a1 = 0 and a2 = 0. The
    ridge's conditions fail where its direction is not known (b4's interval holds 0). Not rejecting
    "= 0" is weak evidence in a small sample: read the intervals. Source: Humberg, Nestler & Back
    (2019), Soc. Psychol. Personal. Sci. 10:409.
    """
    table = surface(fit, n_boot, seed, conf_level).set_index("term")
    rows = []
    for term, (part, requirement) in CONDITIONS.items():
        row, axis = table.loc[term], term.startswith("p")
        low, high = row[
            [f"{'boot' if axis and n_boot else 'conf'}_{end}" for end in ("low", "high")]
        ]
        target = 1.0 if requirement == "= 1" else 0.0
        holds = high < 0 if requirement == "< 0" else low <= target <= high
        # The interval of an undetermined direction contains 1 without being evidence for it.
        holds = bool(holds and not (axis and table.loc["p11", "note"]))
        p_value, note = (np.nan, row["note"]) if axis else (row["p_value"], "")
        rows.append([term, part, requirement, row["estimate"], low, high, p_value, holds, note])
    columns = ["term", "part", "requirement", "estimate", "conf_low", "conf_high", "p_value"]
    frame = pd.DataFrame(rows, columns=[*columns, "holds", "note"])
    broad, strict = frame.loc[frame["part"] == "broad", "holds"].all(), frame["holds"].all()
    return frame.assign(verdict="none" if not broad else "strict" if strict else "broad")
