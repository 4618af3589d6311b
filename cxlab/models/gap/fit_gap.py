"""Regression of an outcome on expectation and experience, in every form of gap model.

A gap score is a constrained model: expectation and experience have slopes of equal size and
opposite sign (Edwards & Parry 1993). Where only experience matters, a regression on the gap still
shows an effect. So each form is written as a constraint on one polynomial, which
`compare_gap_forms` tests.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial import ConvexHull, Delaunay, KDTree, QhullError

from cxlab.data_files import read_data
from cxlab.errors import ModelError
from cxlab.models.controls import controls_of, dummies
from cxlab.models.design import (
    INTERCEPT,
    Design,
    chosen_outcome,
    chosen_touchpoints,
    common_scale,
    first_reason,
    ratings_of,
    refuse_parts,
)
from cxlab.models.estimable import refuse_made_of
from cxlab.models.estimator import check_arguments, estimator
from cxlab.models.fit import TESTED, Fit, least_squares
from cxlab.models.prediction import refuse_off_scale
from cxlab.study.codebook.schema import ALL_TOUCHPOINTS
from cxlab.study.study import Study

E, P = "expectation", "experience"
# forms.yml says what each holds.
_DECLARED = read_data("models.gap", "forms.yml")
FORMS: Mapping[str, list[str]] = _DECLARED["forms"]
COMBINED: Mapping[str, Mapping[str, float]] = _DECLARED["combined"]
QUADRATIC, CUBIC = FORMS["quadratic"], FORMS["cubic"]
ONE_SIDED = {
    "gain": (
        "touchpoint {touchpoint}: none of {n} respondents got more than expected; gains cannot be"
        " set against losses"
    ),
    "loss": (
        "touchpoint {touchpoint}: none of {n} respondents got less than expected; losses cannot be"
        " set against gains"
    ),
}
MIN_ROWS = 20


@dataclass(frozen=True, kw_only=True)
class GapDesign(Design):
    """The rows that answered expectation, experience and the outcome, with the terms of all forms.

    `name` is the touchpoint's; both ratings are centred at `center`, a point of their `scale`
    (least, most); `ratings` (n × 2) are as answered.
    """

    name: str
    center: float
    scale: tuple[float, float]
    ratings: pd.DataFrame


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class GapFit(Fit):
    """An expectation-gap model: a `Fit` of one `form`.

    Attributes
    ----------
    form : str
        One of the forms of `compare_gap_forms`.
    touchpoint : str
        The touchpoint, names joined by "+", or "all_touchpoints".
    center : float
        The scale point at which both ratings were centred.
    scale : tuple of float
        Least and most answer of the ratings' scale.
    ratings : DataFrame
        The ratings used, `expectation experience` in scale points, one row a respondent.

    Notes
    -----
    `params` are in outcome units per centred scale point (Edwards & Parry 1993).

    Examples
    --------
    >>> import cxlab as cx
    >>> fit = cx.fit_gap(cx.simulate_study(200, seed=1), "delivery")
    >>> fit.form, fit.touchpoint, fit.center, fit.scale
    ('quadratic', 'delivery', 4.0, (1.0, 7.0))
    """

    form: str

    @property
    def touchpoint(self) -> str:
        return self.design.name

    @property
    def center(self) -> float:
        return self.design.center

    @property
    def scale(self) -> tuple[float, float]:
        return self.design.scale

    @property
    def ratings(self) -> pd.DataFrame:
        return self.design.ratings

    def predict(self, expectation, experience, *, conf_level: float = 0.95) -> pd.DataFrame:
        """The mean outcome that the model expects at given ratings, controls at their means.

        Parameters
        ----------
        expectation, experience : float or array of float
            Ratings in scale points, of equal length or one of them a single number.
        conf_level : float
            Confidence level of the intervals.

        Returns
        -------
        DataFrame
            `expectation experience estimate std_error conf_low conf_high n`, a row a pair; the
            outcome in its own units, `n` the respondents within one scale point (a sixth of a
            longer scale).

        Raises
        ------
        ModelError
            A rating lies outside the scale, or `conf_level` is no number between 0 and 1.

        Notes
        -----
        The interval is that of the mean, from the fit's covariance by Student's t.

        Examples
        --------
        >>> import cxlab as cx
        >>> fit = cx.fit_gap(cx.simulate_study(200, seed=1), form="E+P")
        >>> fit.predict(5, [3, 6])[["experience", "estimate"]].round(2).values.tolist()
        [[3.0, 4.67], [6.0, 9.24]]
        """
        check_arguments("predict", {"conf_level": conf_level}, {"conf_level": float})
        low, high = self.scale
        e, p = np.atleast_1d(*np.broadcast_arrays(expectation, experience))
        table = pd.DataFrame({E: e, P: p}, dtype=float)
        for role, given in table.items():
            refuse_off_scale(role, given, low, high)
        terms, held = gap_terms(*(table - self.center).to_numpy().T), list(self.design.controls)
        terms = terms.assign(
            **{one: self.design.sample.average(self.design.x[one]) for one in held}
        )
        x = terms[self.params.index].to_numpy()
        table = table.assign(estimate=x @ self.params.to_numpy())
        table = self.inference(table, x, conf_level)
        # One point of a 1–7 scale, and as much of any longer one: within one point of a 0–100
        # slider there is nobody.
        reach, tree = max(1.0, (high - low) / 6), KDTree(self.ratings)
        near = tree.query_ball_point(table[[E, P]], reach, p=np.inf, return_length=True)
        return table.drop(columns=TESTED).assign(n=near)

    def quadratic(self) -> tuple[np.ndarray, np.ndarray]:
        """The coefficients of the response surface.

        Returns
        -------
        tuple of array
            b1…b5 (of E, P, E², EP, P²) in outcome units per centred scale point, and their
            covariance (5 × 5).

        Raises
        ------
        ModelError
            The fit is of another form.
        """
        if self.form != "quadratic":
            raise ModelError(
                "touchpoint {touchpoint}: a response surface needs form='quadratic', this fit is"
                " {form!r}",
                touchpoint=self.touchpoint,
                form=self.form,
            )
        return self.params[QUADRATIC].to_numpy(), self.cov.loc[QUADRATIC, QUADRATIC].to_numpy()

    def within_data(self, expectation, experience) -> np.ndarray:
        """Which pairs of ratings lie within the data.

        Parameters
        ----------
        expectation, experience : float or array of float
            Ratings in scale points, of equal length.

        Returns
        -------
        array of bool
            Whether each pair lies in the convex hull of the ratings used; nowhere where all of
            these lie on one line.
        """
        at = np.column_stack([np.atleast_1d(expectation), np.atleast_1d(experience)])
        ratings = self.ratings.drop_duplicates().to_numpy()
        try:
            hull = Delaunay(ratings[ConvexHull(ratings).vertices])
        except QhullError:
            # All ratings lie on one line: there is no area.
            return np.zeros(len(at), bool)
        return hull.find_simplex(at) >= 0


def gap_terms(e: np.ndarray, p: np.ndarray) -> pd.DataFrame:
    """Every term of every form at centred ratings e and p (n each): a frame of n rows."""
    powers = [e, p, e * e, e * p, p * p, e**3, e * e * p, e * p * p, p**3]
    columns = {INTERCEPT: np.ones_like(e), **dict(zip(CUBIC, powers, strict=True))}
    for term, weights in COMBINED.items():
        columns[term] = sum(weight * columns[power] for power, weight in weights.items())
    gap = p - e
    sides = {"|gap|": np.abs(gap), "gain": np.maximum(gap, 0), "loss": np.minimum(gap, 0)}
    return pd.DataFrame(columns | sides)


@estimator("fit_gap")
def fit_gap(
    study: Study,
    touchpoints: str | Iterable[str] | None = None,
    *,
    outcome: str | None = None,
    form: str = "quadratic",
    center: float | None = None,
    covariance: str | None = None,
    controls: str | Iterable[str] = (),
) -> GapFit:
    """The outcome on expectation E and experience P of one touchpoint, or of several together.

    Parameters
    ----------
    study : Study
        A study with touchpoints that ask an expectation beside the experience.
    touchpoints : str or iterable of str, optional
        One touchpoint, or several whose ratings are averaged: over those where the respondent
        answered both. All unless given.
    outcome : str, optional
        Id of the outcome; the report's, else the first, unless given.
    form : str
        "quadratic", or another form of `compare_gap_forms`: "difference" is Y on P − E,
        "asymmetric" Y on losses and gains.
    center : float, optional
        The scale point at which both ratings are centred; the scale's midpoint unless given.
    covariance : {"HC2", "CR2", "HC3", "clustered", "linearised", "classical"}, optional
        What errors rest on, as in `fit_loyalty`; "classical" for textbook errors.
    controls : str or iterable of str
        Segments, constructs or "wave", held constant as terms without a touchpoint.

    Returns
    -------
    GapFit
        Coefficients in outcome units per scale point, of terms `intercept expectation experience
        expectation^2 expectation:experience experience^2` for the quadratic.

    Raises
    ------
    ModelError
        With the touchpoint and the counts: no expectation asked, fewer than 20 complete rows,
        constant or identical E and P, constant outcome, centre outside the scale.

    Notes
    -----
    Y = b0 + b1E + b2P + b3E² + b4EP + b5P² (Edwards & Parry 1993, Acad. Manage. J. 36:1577).
    Checked against R's lm (1e-10).

    Examples
    --------
    >>> import cxlab as cx
    >>> cx.fit_gap(cx.simulate_study(200, seed=1), "delivery", form="difference").params.round(2)
    intercept    8.24
    gap          0.62
    dtype: float64
    """
    return fit_form(gap_design(study, touchpoints, outcome, center, controls), form, covariance)


def fit_form(design: GapDesign, form: str, covariance: str | None = None) -> GapFit:
    """One form on a design that holds the terms of all."""
    if form not in FORMS:
        raise ModelError("form={form!r}: give one of {known}", form=form, known=", ".join(FORMS))
    if form == "asymmetric":
        refuse_one_sided(design)
    terms = [*FORMS[form], *design.controls]
    fit = least_squares(design.narrowed(terms), f"gap: {form}", covariance)
    return GapFit(**vars(fit), form=form)


def gap_design(
    study: Study,
    touchpoints: str | Iterable[str] | None = None,
    outcome: str | None = None,
    center: float | None = None,
    controls: str | Iterable[str] = (),
) -> GapDesign:
    """The rows that answered E, P, the outcome and the controls, with every term of every form."""
    names = chosen_touchpoints(study, touchpoints, E, P)
    several = touchpoints is None and len(names) > 1
    name = ALL_TOUCHPOINTS if several else "+".join(names)
    e, p = (ratings_of(study, names, role) for role in (E, P))
    outcome = chosen_outcome(study, outcome)
    refuse_parts(study, outcome, "outcome", names, E, P)
    low, high = common_scale(study, names, name)
    center = (low + high) / 2 if center is None else float(center)
    if not low <= center <= high:
        raise ModelError(
            "touchpoint {touchpoint}: center={center:g} lies outside the scale {low:g}–{high:g}",
            touchpoint=name,
            center=center,
            low=low,
            high=high,
        )
    both = e.notna() & p.notna()
    ratings = pd.DataFrame({E: e.where(both).mean(axis=1), P: p.where(both).mean(axis=1)})
    y = study.outcome(outcome)
    controls = [controls] if isinstance(controls, str) else list(dict.fromkeys(controls))
    held = controls_of(study, controls, [outcome])
    checks = {"outcome_not_answered": y.isna(), "pair_not_answered": ratings[E].isna()}
    reason = first_reason(checks | {"control_not_answered": held.isna().any(axis=1)})
    ratings, y = ratings[reason == ""], y[reason == ""]
    about = {"touchpoint": name, "outcome": outcome, "n": len(y)}
    if len(y) < MIN_ROWS:
        raise ModelError(
            "touchpoint {touchpoint}: {n} respondents answered all that a gap model compares; it"
            " needs {need} with expectation, experience and {outcome}, and the study has {total}",
            **about,
            need=MIN_ROWS,
            total=study.n,
        )
    if y.nunique() < 2:
        raise ModelError(
            "touchpoint {touchpoint}: all {n} answers to {outcome} are {value:g}; nothing can be"
            " explained",
            **about,
            value=y.iloc[0],
        )
    for role in ratings.columns[ratings.nunique() < 2]:
        raise ModelError(
            "touchpoint {touchpoint}: all {n} answers to {role} are {value:g}",
            **about,
            role=role,
            value=ratings[role].iloc[0],
        )
    if ratings[E].equals(ratings[P]):
        raise ModelError(
            "touchpoint {touchpoint}: expectation and experience are identical in all {n} answers;"
            " is one column declared twice?",
            **about,
        )
    terms = gap_terms(*(ratings - center).to_numpy().T).set_axis(ratings.index)
    held = dummies(study, held.loc[ratings.index])
    design = GapDesign.of(
        study,
        outcome,
        terms.drop(columns=INTERCEPT).join(held),
        y,
        reason,
        touchpoint=dict.fromkeys(terms, name),
        controls=tuple(held),
        name=name,
        center=center,
        scale=(low, high),
        ratings=ratings,
    )
    refuse_made_of(design)
    return design


def refuse_one_sided(design: GapDesign) -> None:
    """Losses and gains can be set apart only where somebody got less, and somebody more, than
    expected.
    """
    for side in ONE_SIDED:
        if not design.x[side].any():
            raise ModelError(ONE_SIDED[side], touchpoint=design.name, n=len(design.y))
