"""What a point of loyalty goes with in customers who stay, in what they spend, and in money.

Managers ask what a point of NPS is worth. Who recommends is not drawn by lot: the figures compare
customers who answered differently, the declared controls held constant.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.controls import controls_of, dummies
from cxlab.models.design import Design, chosen_outcome, first_reason, refuse_parts
from cxlab.models.estimator import estimator
from cxlab.models.money.follow_up import MEASURES, FollowUp, Value, mean_of
from cxlab.result import SETTINGS
from cxlab.stats.inference import holm
from cxlab.stats.sampling import PASSIVE, PROMOTER
from cxlab.study.codebook.money_keys import MONEY_KINDS
from cxlab.study.sample import Sample
from cxlab.study.study import Study

# Of fewer customers who left (or of fewer who did not) nothing is said, nor of a class in which
# fewer than these did.
EVENTS, EVENTS_OF_CLASS = 50, 5
ANSWERED = ("nps", "csat", "ces", "score")
# The kind of outcome that each model is for.
KINDS = {one: (one,) for one in MONEY_KINDS} | {"gamma": ("amount",)}
# The steps of a customer: one point, and the two paths by which NPS rises, with the classes at
# their ends.
POINT, PATHS = "point", {"to_passive": (0, 1), "to_promoter": (1, 2)}
COLUMNS = (
    *("outcome", "money", "step", "measure", "model", "estimate", "std_error", "p_value"),
    *("conf_low", "conf_high", "p_holm", "ratio", "ratio_low", "ratio_high", "unit", "n_lower"),
    *("n_higher", "n_events", "n", "note"),
)


@dataclass(frozen=True)
class Plan:
    """What is asked: the arguments of `money_value`, those left out as the study declares them."""

    outcome: str
    money: str
    model: str
    spend: str | None
    controls: tuple[str, ...]
    margin: float | None
    horizon: float | None

    @classmethod
    def of(cls, study: Study, outcome: str | None, given: dict[str, Any]) -> Self:
        declared = study.codebook.money
        if declared is None and given["money"] is None:
            raise NotAskedError(
                "this study does not say on which outcome money hangs; declare it under money:, or"
                " give money="
            )
        if declared is not None and given["money"] in (None, declared.outcome):
            usual = {**dict(declared), "money": declared.outcome}
            given = {key: usual.get(key) if one is None else one for key, one in given.items()}
        controls = given["controls"] or ()
        given["controls"] = (controls,) if isinstance(controls, str) else tuple(controls)
        given["model"] = given["model"] or study.outcome_kind(given["money"])
        plan = cls(outcome=chosen_outcome(study, outcome), **given)
        plan._refuse(study)
        return plan

    def _refuse(self, study: Study) -> None:
        """Raise ModelError for what cannot be meant."""
        for key, name, known in (
            ("outcome", self.outcome, ANSWERED),
            ("money", self.money, KINDS.get(self.model, MONEY_KINDS)),
            ("spend", self.spend, MONEY_KINDS[:1]),
        ):
            if name is not None and (kind := study.outcome_kind(name)) not in known:
                raise ModelError(
                    "{key}={name!r} is of kind {kind}; with model={model!r} give one of kind"
                    " {known}",
                    key=key,
                    name=name,
                    kind=kind or "touchpoint",
                    model=self.model,
                    known=" or ".join(known),
                )
            if key != "outcome" and name and study.declared(name).measured is None:
                raise ModelError(
                    "outcome {outcome}: was it measured after the survey? declare measured: after,"
                    " or measured: before",
                    outcome=name,
                )
        for name, value, most in (("margin", self.margin, 1), ("horizon", self.horizon, np.inf)):
            needed = name == "horizon" and self.model == "duration"
            if needed if value is None else not 0 < value <= most:
                raise ModelError(
                    "{name}={value}: give a number above 0, of a margin a share (0.4 for 40 %), of"
                    " the horizon of a duration how long it is counted",
                    name=name,
                    value=str(value),
                )
        refuse_parts(study, self.money, "outcome", [self.outcome, *self.controls])


@estimator("money_value")
def money_value(
    study: Study,
    outcome: str | None = None,
    *,
    money: str | None = None,
    model: str | None = None,
    spend: str | None = None,
    controls: str | Iterable[str] | None = None,
    margin: float | None = None,
    horizon: float | None = None,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """What one point of loyalty, and one customer who moves up by a class of NPS, goes with in kept
    customers, spend, time as a customer, and money.

    Parameters
    ----------
    study : Study
    outcome : str, optional
        Id of the outcome that stands for loyalty; the report's, or the first, unless given.
    money : str, optional
        Id of the outcome on which money hangs: an amount that customers spend in a unit of time, a
        binary outcome (1: stays, buys again) or a duration. As `money:` in study.yml says, as are
        all that follow, unless given.
    model : {"amount", "gamma", "binary", "duration"}, optional
        Least squares or a gamma model with a log link (amounts above 0); logit; Cox. By the kind of
        `money` unless given.
    spend : str, optional
        Of a binary outcome or a duration, the amount that a customer spends in a unit of time.
    controls : str or iterable of str, optional
        Segments, constructs or "wave", held constant.
    margin : float, optional
        The share (0–1) of what is spent that remains; without it money is revenue.
    horizon : float, optional
        Units of time over which it is counted; of a duration needed, and no longer than customers
        were watched.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        One row a step and measure: `outcome money step measure model estimate std_error p_value
        conf_low conf_high p_holm ratio ratio_low ratio_high unit n_lower n_higher n_events n note`.
        `step`: `point` (one point of the outcome, half up and half down from each answer), and of
        an NPS `to_passive` (detractor → passive) and `to_promoter` (passive → promoter).
        `estimate` is for each customer who takes the step: in `measure` `kept` a share (0–1; of a
        duration at the horizon), `spend` in `unit`, `tenure` in units of time up to the horizon,
        `revenue` or, with a margin, `profit`, in `unit` over the horizon. One point of NPS is one
        customer in 100 who takes a step, so that `estimate` is also what a point of NPS by this
        path goes with for each 100 customers. `ratio` is that of means (gamma), odds (binary) or
        hazards (duration: below 1 fewer leave). `n_lower`, `n_higher` are the respondents at the
        ends of a path; `n_events` those who left (or, the fewer, who answered 0 or 1); `p_holm` is
        adjusted over the steps. A path that few went has NaN and a `note`.

    Raises
    ------
    NotAskedError
        No money is declared or given.
    ModelError
        Outcomes of other kinds; not said whether money is measured before or after the survey;
        fewer than 50 events (or answers); a horizon beyond the time watched; amounts that a gamma
        model cannot have; sampling weights with a duration; as `fit_loyalty`.

    Notes
    -----
    Differences between predictions, averaged over customers (Lane & Nelder 1982, Biometrics
    38:613), with controls as they are. Errors by the influence of each customer on slopes,
    baseline and mean spend alike, so that a product carries the uncertainty of both; clusters,
    weights and strata as of every mean (CR2). Cox (1972) with Efron's (1977) ties; restricted mean
    time (Royston & Parmar 2013). Checked against Allison's recidivism data, statsmodels' PHReg,
    GLM and Table2x2, the jackknife. Coverage: tests/calibration/money.py. Customers who answer
    differently differ in other ways as well: an association.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> nps = np.repeat([3, 8, 10], 100)
    >>> kept = np.concatenate([np.repeat([1, 0], [k, 100 - k]) for k in (50, 70, 80)])
    >>> outcomes = {"recommend": {"kind": "nps", "column": "nps"}}
    >>> outcomes["stays"] = {"kind": "binary", "column": "kept", "measured": "after"}
    >>> study = cx.Study.from_frame(pd.DataFrame({"nps": nps, "kept": kept}), {}, outcomes)
    >>> table = cx.money.money_value(study, "recommend", money="stays")
    >>> table[["step", "measure", "estimate"]].round(2).values.tolist()
    [['point', 'kept', 0.04], ['to_passive', 'kept', 0.2], ['to_promoter', 'kept', 0.1]]
    """
    given = {"money": money, "model": model, "spend": spend, "controls": controls}
    plan = Plan.of(study, outcome, given | {"margin": margin, "horizon": horizon})
    data = _Data(study, plan)
    rows = [row for step in data.steps() for row in data.rows(step, conf_level)]
    frame = pd.DataFrame(rows).reindex(columns=[*COLUMNS])
    frame["p_holm"] = frame.groupby("measure")["p_value"].transform(holm)
    frame["note"] = frame["note"].astype(object).fillna("")
    period = study.declared(plan.money).unit if data.watched is not None else None
    frame.attrs[SETTINGS] = {
        "model": plan.model,
        "margin": plan.margin,
        "horizon": plan.horizon,
        "period": period,
        "money": plan.money,
        "measured": study.declared(plan.money).measured,
        "held": len(plan.controls),
    }
    return frame


class _Data:
    """The customers of whom everything is known, and what became of them."""

    def __init__(self, study: Study, plan: Plan) -> None:
        self.study, self.plan = study, plan
        loyalty, follow = study.outcome(plan.outcome), None
        if plan.model == "duration":
            follow = study.duration(plan.money)
            y = follow["time"].where(follow.notna().all(axis=1))
        else:
            y = study.outcome(plan.money)
        spend = y if plan.spend is None else study.outcome(plan.spend)
        held = controls_of(study, [*plan.controls], [plan.outcome, plan.money])
        checks = {
            "outcome_not_answered": loyalty.isna(),
            "money_not_known": y.isna() | spend.isna(),
            "control_not_answered": held.isna().any(axis=1),
        }
        if follow is not None:
            checks["not_watched"] = follow["time"] <= follow["entry"]
        self.reason = first_reason(checks)
        used = self.reason == ""
        self.y, self.loyalty, self.spend = y, loyalty[used], spend[used]
        self.watched = None if follow is None else follow.loc[used, ["entry", "event"]]
        self.sample = Sample.of(study, self.loyalty.index)
        self._refuse(y[used])
        self.held = dummies(study, held[used])
        self.classes = pd.cut(self.loyalty, [-1, PASSIVE - 1, PROMOTER - 1, 10], labels=False)

    @property
    def left(self) -> pd.Series | None:
        """Who left, or answered 0; None of an amount."""
        if self.watched is not None:
            return self.watched["event"]
        return 1 - self.y[self.loyalty.index] if self.plan.model == "binary" else None

    def _refuse(self, y: pd.Series) -> None:
        """Raise ModelError where too little is known, or not what the model takes."""
        counts = [len(y)] if self.left is None else [self.left.sum()]
        if self.plan.model == "binary":
            counts.append(len(y) - counts[0])
        if min(counts) < EVENTS:
            raise ModelError(
                "outcome {outcome}: {events} events among the {n} customers of whom all is known;"
                " an association takes {least}",
                outcome=self.plan.money,
                n=len(y),
                events=int(min(counts)),
                least=EVENTS,
            )
        self.sample.refuse()
        if self.watched is not None and self.sample.weights is not None:
            raise ModelError(
                "outcome {outcome}: the model of durations takes no sampling weights; use a binary"
                " outcome, who is still a customer",
                outcome=self.plan.money,
            )
        if self.watched is not None and self.plan.horizon > y.max():
            raise ModelError(
                "horizon={horizon:g}: nobody was watched longer than {longest:g}; give as much or"
                " less",
                horizon=self.plan.horizon,
                longest=y.max(),
            )
        if self.plan.model == "gamma" and not (y > 0).all():
            raise ModelError(
                "outcome {outcome}: {count} of {n} amounts are 0 or below; use model='amount'",
                outcome=self.plan.money,
                count=int((y <= 0).sum()),
                n=len(y),
            )

    def steps(self) -> list[str]:
        is_nps = self.study.outcome_kind(self.plan.outcome) == "nps"
        return [POINT, *PATHS] if is_nps else [POINT]

    def rows(self, step: str, conf_level: float) -> Iterator[dict[str, Any]]:
        """What a step goes with, a row a measure."""
        plan, about = self.plan, {"step": step, "n": self.sample.n}
        about |= {"outcome": plan.outcome, "money": plan.money, "model": plan.model}
        if self.left is not None:
            left = int(self.left.sum())
            about["n_events"] = left if self.watched is not None else min(left, len(self.y) - left)
        if step != POINT:
            sizes = self.classes.value_counts().reindex(range(3), fill_value=0)
            about |= {"n_lower": sizes[PATHS[step][0]], "n_higher": sizes[PATHS[step][1]]}
            if self._few:
                for measure in MEASURES[plan.model]:
                    yield about | {"measure": measure, "note": "few_in_class"}
                return
        fit, high, low = self._fitted(step)
        if plan.model != "amount":
            ratio = fit.ratio(high, low).told(self.sample, conf_level)
            ends = {"ratio": "estimate", "ratio_low": "conf_low", "ratio_high": "conf_high"}
            about |= {name: np.exp(ratio[column]) for name, column in ends.items()}
        for measure, value, unit in self._values(fit, high, low):
            yield about | {"measure": measure, "unit": unit} | value.told(self.sample, conf_level)

    @cached_property
    def _few(self) -> bool:
        """Whether a class of NPS is too small, or in one too few left or stayed."""
        by = [self.classes] if self.left is None else [self.classes, self.left]
        sizes = self.classes.groupby(by).size()
        return len(sizes) < 3 * len(by) or sizes.min() < EVENTS_OF_CLASS

    def _fitted(self, step: str) -> tuple[FollowUp, np.ndarray, np.ndarray]:
        """The model of a step, and its terms at both ends."""
        if step == POINT:
            fit = self._fit({self.plan.outcome: self.loyalty})
            return fit, *fit.at(**{self.plan.outcome: 1.0})
        # A promoter is passive or more: the classes up to each end of the path.
        ends = {
            name: tuple(float(i <= end) for end in PATHS[step][::-1])
            for i, name in enumerate(PATHS, 1)
        }
        return self._paths, *self._paths.at(**ends)

    @cached_property
    def _paths(self) -> FollowUp:
        return self._fit({name: (self.classes >= i) * 1.0 for i, name in enumerate(PATHS, 1)})

    def _fit(self, terms: dict[str, pd.Series]) -> FollowUp:
        design = Design.of(
            self.study,
            self.plan.money,
            pd.concat([pd.DataFrame(terms), self.held], axis=1),
            self.y,
            self.reason,
            sample=self.sample,
            controls=tuple(self.held),
        )
        return FollowUp(design, self.plan.model, self.watched)

    def _values(
        self, fit: FollowUp, high: np.ndarray, low: np.ndarray
    ) -> Iterator[tuple[str, Value, str | None]]:
        """Each measure with its value and its unit; money last."""
        plan, unit = self.plan, self.study.declared(self.plan.money).unit
        for measure in MEASURES[plan.model]:
            value = fit.difference(high, low, measure, plan.horizon)
            yield measure, value, None if measure == "kept" else unit
        worth = value * (plan.margin or 1.0)
        if plan.model != "duration":
            worth = worth * (plan.horizon or 1.0)
        if plan.spend is not None:
            unit = self.study.declared(plan.spend).unit
            worth = worth * mean_of(self.spend, self.sample)
        elif self.left is not None or (plan.margin or plan.horizon) is None:
            return  # what a customer spends is not known, or is told already
        yield "profit" if plan.margin else "revenue", worth, unit
