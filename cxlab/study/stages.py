"""The journey seen by stage: one rating a stage instead of one a touchpoint.

With twenty and more touchpoints no ranking of single ones is stable, and the subsets of drivers are
too many to weigh with their uncertainty. SERVQUAL studies have always reported dimensions for the
same reason.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.study.codebook.schema import KANO_ROLES, ROLES, Touchpoint
from cxlab.study.read.cells import ANSWERED, NO_ANSWER, NOT_ASKED, NOT_USED

if TYPE_CHECKING:
    from cxlab.study.study import Study


def by_stage(study: Study) -> Study:
    """The same study with each stage as one touchpoint; see `Study.by_stage`."""
    codebook = study.codebook
    loose = [p.touchpoint for p in codebook.touchpoints if p.stage is None]
    if loose:
        raise ModelError(
            "touchpoint {touchpoint} has no stage; declare one to look at the journey by stage",
            touchpoint=loose[0],
        )
    taken = {o.outcome for o in codebook.outcomes} | {c.construct_id for c in codebook.constructs}
    points, values, states = [], {}, {}
    for stage in codebook.stages:
        # What asks a Kano pair only has no rating to take a mean of.
        members = [
            p
            for p in codebook.journey
            if p.stage == stage.stage
            and any(getattr(p, role) for role in ROLES if role not in KANO_ROLES)
        ]
        if not members:
            continue
        if len({(codebook.scale_of(p).min, codebook.scale_of(p).max) for p in members}) > 1:
            raise ModelError(
                "stage {stage}: its touchpoints are rated on different scales and have no common"
                " mean",
                stage=stage.stage,
            )
        name = f"{stage.stage}_stage" if stage.stage in taken else stage.stage
        # A Kano answer is a category; it has no mean over touchpoints.
        columns = {
            role: tuple(dict.fromkeys(c for p in members for c in getattr(p, role)))
            for role in ROLES
            if role not in KANO_ROLES
        }
        contact = "direct" if any(p.contact == "direct" for p in members) else "indirect"
        points.append(
            Touchpoint(
                touchpoint=name,
                label=stage.label,
                stage=stage.stage,
                contact=contact,
                scale=codebook.scale_of(members[0]),
                **columns,
            )
        )
        for role in (role for role in columns if columns[role]):
            keys = [(p.touchpoint, role) for p in members if getattr(p, role)]
            values[name, role] = study._values[keys].mean(axis=1).to_numpy()
            states[name, role] = _state_of_any(study._states[keys].to_numpy())
    for key in [(o.outcome, "outcome") for o in codebook.outcomes] + [
        (c.construct_id, "construct") for c in codebook.constructs
    ]:
        values[key], states[key] = study._values[key].to_numpy(), study._states[key].to_numpy()
    columns = pd.MultiIndex.from_tuples(values, names=["id", "role"])
    return replace(
        study,
        codebook=codebook.model_copy(update={"touchpoints": tuple(points)}),
        truth=None,
        _values=pd.DataFrame(values, index=study.index).set_axis(columns, axis=1),
        _states=pd.DataFrame(states, index=study.index).set_axis(columns, axis=1),
    )


def _state_of_any(states: np.ndarray) -> np.ndarray:
    """Answered where any member is; else the reason that a member gives, never-used only if it
    holds for all that were asked.
    """
    answered, no_answer, not_used = (
        (states == s).any(axis=1) for s in (ANSWERED, NO_ANSWER, NOT_USED)
    )
    return np.select(
        [answered, no_answer, not_used], [ANSWERED, NO_ANSWER, NOT_USED], NOT_ASKED
    ).astype(np.int8)
