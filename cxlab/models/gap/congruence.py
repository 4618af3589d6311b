"""Is meeting the expectation best in itself? The checklist that must hold before anybody says so.

A gap plot invites the claim that loyalty is highest where experience equals expectation. Humberg,
Nestler & Back (2019, Soc. Psychol. Personal. Sci. 10:409) showed how often it is made without its
conditions; here each stands with its evidence.
"""

from __future__ import annotations

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
    """Humberg, Nestler & Back's checklist for a quadratic fit: one row a condition, and the verdict
    strict, broad or none.

    Broad congruence (the outcome falls as E and P part, whatever their level): the ridge is the
    line of congruence (p10 = 0 and p11 = 1 lie in their intervals), along the line of incongruence
    the surface bends down (a4 < 0, significantly) and has no slope at E = P (a3 = 0 in its
    interval). Strict congruence (and the level makes no difference): also a1 = 0 and a2 = 0. The
    axes' intervals are bootstrap percentiles, those of a1–a4 from the delta method. Not rejecting
    "= 0" is weak evidence in a small sample: read the intervals. Columns `term part requirement
    estimate conf_low conf_high p_value holds note verdict`; the ridge's conditions fail where its
    direction cannot be told (b4's interval holds 0). Raises ModelError unless the fit is quadratic.
    """
    table = surface(fit, n_boot, seed, conf_level).set_index("term")
    rows = []
    for term, (part, requirement) in CONDITIONS.items():
        row = table.loc[term]
        axis = term.startswith("p")
        low, high = (
            (row["boot_low"], row["boot_high"])
            if axis and n_boot
            else (row["conf_low"], row["conf_high"])
        )
        target = 1.0 if requirement == "= 1" else 0.0
        holds = bool(high < 0) if requirement == "< 0" else bool(low <= target <= high)
        # A ridge without a direction has an interval that holds everything, 1 as well: that is no
        # evidence for it.
        holds = holds and not (axis and table.loc["p11", "note"])
        rows.append(
            {
                "term": term,
                "part": part,
                "requirement": requirement,
                "estimate": row["estimate"],
                "conf_low": low,
                "conf_high": high,
                "p_value": row["p_value"] if not axis else float("nan"),
                "holds": holds,
                "note": row["note"] if axis else "",
            }
        )
    frame = pd.DataFrame(rows)
    broad = frame.loc[frame["part"] == "broad", "holds"].all()
    return frame.assign(
        verdict="none" if not broad else "strict" if frame["holds"].all() else "broad"
    )
