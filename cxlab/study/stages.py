"""The journey seen by stage: one rating a stage instead of one a touchpoint.

With twenty and more touchpoints no ranking of single ones is stable, and the subsets of drivers are
too many to weigh with their uncertainty. SERVQUAL studies have always reported dimensions for the
same reason.
"""

from dataclasses import replace

import pandas as pd

from cxlab.errors import ModelError
from cxlab.study.codebook.schema import RATED_ROLES, Codebook, Touchpoint
from cxlab.study.read.cells import ANSWERED, NO_ANSWER, NOT_ASKED, NOT_USED, first_state
from cxlab.study.read.respondents import Answers


def by_stage(codebook: Codebook, answers: Answers) -> tuple[Codebook, Answers]:
    """Codebook and answers with each stage as one touchpoint; see `Study.by_stage`."""
    for point in codebook.touchpoints:
        if point.stage is None:
            raise ModelError(
                "touchpoint {touchpoint} has no stage; declare one to look at the journey by stage",
                touchpoint=point.id,
            )
    rest = (*codebook.outcomes, *codebook.constructs)
    others = [(item.id, role) for item in rest for role in item.questions]
    taken = {name for name, _ in others}
    points, values, states = [], {}, {}
    for stage in codebook.stages:
        # A Kano answer is a category and has no mean: what asks a Kano pair only is left out.
        members = [
            point
            for point in codebook.journey
            if point.stage == stage.stage and set(point.questions) & set(RATED_ROLES)
        ]
        if not members:
            continue
        scales = [codebook.scale_of(point) for point in members]
        if len({(scale.min, scale.max) for scale in scales}) > 1:
            raise ModelError(
                "stage {stage}: its touchpoints are rated on different scales and have no common"
                " mean",
                stage=stage.stage,
            )
        name = f"{stage.stage}_stage" if stage.stage in taken else stage.stage
        columns = {}
        for role in RATED_ROLES:
            asked = [point for point in members if role in point.questions]
            columns[role] = tuple(dict.fromkeys(c for p in asked for c in p.questions[role]))
            if asked:
                keys = [(point.id, role) for point in asked]
                values[name, role] = answers.values[keys].mean(axis=1)
                # Answered where any member is; else the reason that a member gives, never used only
                # where that holds for all that were asked.
                states[name, role] = first_state(
                    [answers.states[key] for key in keys], ANSWERED, NO_ANSWER, NOT_USED, NOT_ASKED
                )
        direct = any(point.contact == "direct" for point in members)
        points.append(
            Touchpoint(
                touchpoint=name,
                label=stage.label,
                stage=stage.stage,
                contact="direct" if direct else "indirect",
                scale=scales[0],
                **columns,
            )
        )
    values |= {key: answers.values[key] for key in others}
    states |= {key: answers.states[key] for key in others}
    columns = pd.MultiIndex.from_tuples(values, names=["id", "role"])
    return codebook.model_copy(update={"touchpoints": tuple(points)}), replace(
        answers,
        values=pd.DataFrame(values).set_axis(columns, axis=1),
        states=pd.DataFrame(states, index=answers.states.index).set_axis(columns, axis=1),
    )
