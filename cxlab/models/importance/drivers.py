"""The drivers that are ranked: touchpoints or groups of them, with their columns.

Importance and dominance analysis both start here, so that they rank the same drivers and refuse the
same cases: a family without a decomposable R², unknown names, nothing explained beyond chance, too
few units to resample.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT
from cxlab.models.fit import Fit
from cxlab.models.importance.joint_test import joint_p_value
from cxlab.models.loyalty.diagnostics import refuse_unsafe
from cxlab.models.loyalty.firth import FirthFit

FAMILIES = ("ols", "ordinal", "binary")
# With fewer units a percentile interval misses its own estimate.
MIN_UNITS = 20
# Above this p value of the joint test nothing is ranked.
CHANCE = 0.05

Groups = Mapping[str, Iterable[str]] | None


@dataclass(frozen=True)
class Drivers:
    """The drivers of a fit. `columns` are numbers of the fit's terms (intercept and thresholds not
    counted), `always` those in every model.
    """

    fit: Fit
    names: list[str]
    columns: list[list[int]]
    always: list[int]
    grouped: bool


def terms_of(fit: Fit) -> list[str]:
    """The fit's terms without intercept and thresholds, in the order of `fit.moments`."""
    return [term for term in fit.design.x.columns if term != INTERCEPT]


def drivers_of(fit: Fit, groups: Groups = None, always: Iterable[str] = ()) -> Drivers:
    """The drivers of a fit that can be ranked: `groups` (name → touchpoints) count as one driver,
    `always` and the fit's controls are in every model.

    Raises ModelError: unknown names, a family or penalty without an R² of subsets, a ranking that
    would be unsafe, or nothing explained beyond chance (5 %).
    """
    _refuse_family(fit)
    if not isinstance(groups, Mapping | None):
        raise ModelError(
            "groups: give names with the touchpoints of each, such as {{'digital': ['app', 'web']}}"
        )
    always = [always] if isinstance(always, str) else list(always)
    groups = {name: list(members) for name, members in (groups or {}).items()}
    owner = [fit.design.touchpoint.get(term, "") for term in terms_of(fit)]
    known = list(dict.fromkeys(filter(None, owner)))
    if not fit.touchpoints:
        raise ModelError(
            "the model {model} has no touchpoint to rank; use a fit of fit_loyalty", model=fit.model
        )
    joined = [member for members in groups.values() for member in members]
    for name in [*always, *joined]:
        if name not in known:
            raise ModelError(
                "{name!r} is not a touchpoint of this fit; it has: {known}",
                name=name,
                known=", ".join(known),
            )
    twice = {name for name in joined if joined.count(name) > 1 or name in always}
    if clash := sorted(twice | groups.keys() & set(known)):
        raise ModelError(
            "groups: {clash} stands in two groups, is always in, or is a touchpoint's own name",
            clash=", ".join(clash),
        )
    if set(known) <= set(always):
        raise ModelError(
            "always: every touchpoint of this fit is always in; there is nothing left to rank"
        )
    label = {member: name for name, members in groups.items() for member in members}
    columns = {}
    held = []
    for number, touchpoint in enumerate(owner):
        if touchpoint and touchpoint not in always:
            columns.setdefault(label.get(touchpoint, touchpoint), []).append(number)
        else:
            held.append(number)
    drivers = Drivers(fit, list(columns), list(columns.values()), held, bool(groups))
    refuse_unsafe(fit, groups)
    _refuse_chance(drivers)
    return drivers


def _refuse_family(fit: Fit) -> None:
    if fit.family not in FAMILIES:
        raise ModelError(
            "family={family!r} has no one R² whose parts could be ranked; fit family='ols', whose"
            " errors are clustered by the same accounts",
            family=fit.family,
        )
    if isinstance(fit, FirthFit):
        raise ModelError(
            "penalty='firth': McFadden's R² compares likelihoods that are not penalised; fit"
            " without a penalty, or family='ols'"
        )


def _refuse_chance(drivers: Drivers) -> None:
    """Shares are of what is explained; where that is no more than chance, so is a ranking."""
    fit, known = drivers.fit, terms_of(drivers.fit)
    p_value = joint_p_value(fit, [known[number] for own in drivers.columns for number in own])
    if p_value <= CHANCE:
        return
    if not drivers.always:
        raise ModelError(
            "outcome {outcome}: its association with all that was asked is not significant; there"
            " is nothing to rank (R² = {r_squared:.2f}, n = {n}, p = {p_value:.2f})",
            outcome=fit.outcome,
            r_squared=fit.r_squared,
            n=fit.n,
            p_value=p_value,
        )
    raise ModelError(
        "outcome {outcome}: beside {always} nothing else is statistically significant; there is"
        " nothing to rank (n = {n}, p = {p_value:.2f})",
        outcome=fit.outcome,
        n=fit.n,
        p_value=p_value,
        always=", ".join(known[number] for number in drivers.always),
    )


def refuse_few_units(fit: Fit) -> None:
    """Refuse to resample fewer than 20 independent rows or clusters."""
    if fit.units < MIN_UNITS:
        raise ModelError(
            "outcome {outcome}: {units} independent respondents or accounts are too few to"
            " resample; {need} are needed, and n_boot=0 gives shares without intervals",
            outcome=fit.outcome,
            units=fit.units,
            need=MIN_UNITS,
        )
