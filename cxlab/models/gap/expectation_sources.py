"""Regression of today's expectation on its sources.

In a panel of waves the predictors are the previous wave's expectation (λ, inertia) and experience
(κ) and stated sources; in a single wave stated sources only.
"""

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.design import (
    INTERCEPT,
    Design,
    chosen_touchpoints,
    common_scale,
    counted,
    first_reason,
    ratings_of,
    refuse_parts,
)
from cxlab.models.estimator import estimator
from cxlab.models.fit import Fit, least_squares
from cxlab.study.codebook.schema import ALL_TOUCHPOINTS
from cxlab.study.study import Study


@estimator("expectation_sources")
def expectation_sources(
    study: Study,
    touchpoint: str | None = None,
    *,
    sources: Iterable[str] = (),
    covariance: str | None = None,
) -> Fit:
    """Today's expectation of a touchpoint explained.

    Parameters
    ----------
    study : Study
        A study with touchpoints that ask an expectation; a panel of waves, or one wave.
    touchpoint : str, optional
        Id of the touchpoint; the mean over all that ask an expectation unless given.
    sources : iterable of str
        What respondents state: a touchpoint (its experience, e.g. word of mouth), a construct
        (earlier experience, market), an outcome or a segment (one 0/1 term a level but the first).
    covariance : str, optional
        As in `fit_gap`; in a panel clustered by respondent unless given.

    Returns
    -------
    Fit
        Coefficients in scale points per unit of each source; in a panel with the terms
        `previous_expectation` (λ) and `previous_experience` (κ).

    Raises
    ------
    ModelError
        No expectation asked, a single wave without sources, an unknown source, too few rows.

    Notes
    -----
    In a panel of waves E_w = α + λ·E_{w−1} + κ·P_{w−1} + sources, over pairs of successive waves
    that the respondent answered; in a single wave on `sources` only. Source: Boulding et al.
    (1993), J. Mark. Res. 30:7. An association: a panel rules out that today's expectation made
    last year's experience, not that both have a common cause.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(900, seed=2, design="panel")
    >>> fit = cx.gap.expectation_sources(study, sources=["word_of_mouth"])
    >>> fit.params.round(2).tolist()
    [1.61, 0.36, 0.23, 0.15]
    """
    names = chosen_touchpoints(study, touchpoint, "expectation")
    name = touchpoint or ALL_TOUCHPOINTS
    common_scale(study, names, name)
    today = ratings_of(study, names, "expectation").mean(axis=1)
    sources = list(sources)
    for one in names:
        refuse_parts(study, one, "expectation", sources)
    panel = study.codebook.panel and study.waves is not None
    if not panel and not sources:
        raise NotAskedError(
            "touchpoint {touchpoint}: this study is no panel (`panel: true` with waves), so its"
            " expectation can only be explained by sources=[…] that respondents stated",
            touchpoint=name,
        )
    before = pd.DataFrame(index=study.index)
    if panel:
        # Each row's own respondent one wave earlier.
        roles = ("expectation", "experience")
        means = {f"previous_{role}": ratings_of(study, names, role).mean(axis=1) for role in roles}
        wave = study.waves.map({wave: i for i, wave in enumerate(study.wave_order)})
        now, earlier = (
            pd.MultiIndex.from_arrays([study.respondents, wave - back]) for back in (0, 1)
        )
        known = study.respondents.notna().to_numpy()
        before = pd.DataFrame(means).set_axis(now)[known].reindex(earlier).set_axis(study.index)
    x = pd.concat([before, *(study.source(s) for s in sources)], axis=1)
    reason = first_reason(
        {
            "expectation_not_answered": today.isna(),
            "no_earlier_wave": before.isna().any(axis=1),
            "source_not_answered": x.isna().any(axis=1),
        }
    )
    if (reason != "").all():
        raise ModelError(
            "touchpoint {touchpoint}: nobody answered everything that is compared; left out:"
            " {lost}",
            touchpoint=name,
            lost=counted(reason),
        )
    owner = dict.fromkeys([INTERCEPT, *x], name)
    design = Design.of(study, "expectation", x, today, reason, touchpoint=owner, observed=today)
    model = "expectation: panel" if panel else "expectation: one wave"
    return replace(least_squares(design, model, covariance), tidy_kind="expectation_sources")
