"""Where expectations come from: what was met before, what was expected before, what others say, the
market, the situation.

A gap closes from both ends, so it matters what sets the expectation. With a panel of waves, last
wave's experience (κ) and expectation (λ, inertia) stand against today's expectation; in a single
wave only what respondents state can.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT, Design
from cxlab.models.fit import Fit, least_squares
from cxlab.study.codebook.schema import ALL_TOUCHPOINTS
from cxlab.study.sample import Sample
from cxlab.study.study import Study

PREVIOUS_EXPECTATION, PREVIOUS_EXPERIENCE = "previous_expectation", "previous_experience"


def expectation_sources(
    study: Study,
    touchpoint: str | None = None,
    sources: Iterable[str] = (),
    covariance: str | None = None,
) -> Fit:
    """Today's expectation of a touchpoint (None: the mean over all) explained, scale points per
    unit of each source.

    In a panel of waves: E_w = α + λ·E_{w−1} + κ·P_{w−1} + sources, over pairs of successive waves
    that the respondent answered, terms `previous_expectation` (λ) and `previous_experience` (κ),
    errors clustered by respondent. In a single wave: on `sources` only. A source is a touchpoint
    (its experience, e.g. word of mouth), a construct (earlier experience, market), an outcome or a
    segment (one 0/1 term a level but the first). Sources: METHODS §3; Boulding et al. (1993), J.
    Mark. Res. 30:7. An association: a panel rules out that today's expectation made last year's
    experience, not that both have a common cause. Raises ModelError: no expectation asked, a single
    wave without sources, an unknown source, too few rows.
    """
    points = study.touchpoints
    names = [touchpoint] if touchpoint else list(points.loc[points["expectation"], "touchpoint"])
    if not names:
        raise ModelError("no touchpoint of this study asks an expectation")
    name = touchpoint or ALL_TOUCHPOINTS
    today = pd.DataFrame({t: study.rating(t, "expectation") for t in names}).mean(axis=1)
    sources = list(sources)
    panel = study.codebook.panel and study.waves is not None
    if not panel and not sources:
        raise ModelError(
            "touchpoint {touchpoint}: this study is no panel (`panel: true` with waves), so its"
            " expectation can only be explained by sources=[…] that respondents stated",
            touchpoint=name,
        )
    x = pd.concat(
        [*([_before(study, names)] if panel else []), *(study.source(s) for s in sources)], axis=1
    )
    reason = pd.Series(
        np.select(
            [today.isna(), x.isna().any(axis=1)],
            ["expectation_not_answered", "source_not_answered"],
            "",
        ),
        index=study.index,
    )
    if panel:
        reason = reason.where(
            x[[PREVIOUS_EXPECTATION, PREVIOUS_EXPERIENCE]].notna().all(axis=1)
            | (reason == "expectation_not_answered"),
            "no_earlier_wave",
        )
    used = reason == ""
    if not used.any():
        lost = "; ".join(f"{why} {count}" for why, count in reason.value_counts().items())
        raise ModelError(
            "touchpoint {touchpoint}: nobody answered everything that is compared; left out:"
            " {lost}",
            touchpoint=name,
            lost=lost,
        )
    x = x[used].copy()
    x.insert(0, INTERCEPT, 1.0)
    design = Design(
        study,
        "expectation",
        x,
        today[used],
        Sample.of(study, x.index),
        reason,
        dict.fromkeys(x, name),
        observed=today,
    )
    return least_squares(
        design, "expectation: panel" if panel else "expectation: one wave", covariance
    )


def _before(study: Study, names: list[str]) -> pd.DataFrame:
    """Each row's own respondent one wave earlier: expectation and experience, NaN where there was
    none.
    """
    position = study.waves.map({wave: i for i, wave in enumerate(study.wave_order)})
    means = pd.DataFrame(
        {
            PREVIOUS_EXPECTATION: (
                pd.DataFrame({t: study.rating(t, "expectation") for t in names}).mean(axis=1)
            ),
            PREVIOUS_EXPERIENCE: pd.DataFrame({t: study.rating(t) for t in names}).mean(axis=1),
            "who": study.clusters,
            "wave": position + 1,
        }
    )
    keys = pd.DataFrame({"who": study.clusters, "wave": position})
    joined = keys.merge(means.dropna(subset=["who"]), on=["who", "wave"], how="left")
    return joined[[PREVIOUS_EXPECTATION, PREVIOUS_EXPERIENCE]].set_axis(study.index)
