"""The journey seen by stage: one rating a stage instead of one a touchpoint.

With twenty and more touchpoints no ranking of single ones is stable, and the subsets of drivers are
too many to weigh with their uncertainty. SERVQUAL studies have always reported dimensions for the
same reason.
"""

from dataclasses import replace

import pandas as pd

from cxlab.errors import ModelError
from cxlab.study.codebook.roles import RATED_ROLES
from cxlab.study.codebook.schema import Codebook, Touchpoint
from cxlab.study.read.answers import Answers
from cxlab.study.read.cells import ANSWERED, NO_ANSWER, NOT_ASKED, NOT_USED, first_state
from cxlab.study.sealed import FrozenDict


def is_by_stage(codebook: Codebook) -> bool:
    """Whether each touchpoint is a stage of the journey as a whole."""
    names = [(one.touchpoint, {one.stage, f"{one.stage}_stage"}) for one in codebook.touchpoints]
    return bool(names) and all(name in stages for name, stages in names)


def by_stage(codebook: Codebook, answers: Answers) -> tuple[Codebook, Answers]:
    """Codebook and answers with each stage as one touchpoint; see `Study.by_stage`."""
    for point in codebook.touchpoints:
        if point.stage is None:
            raise ModelError(
                "touchpoint {touchpoint} has no stage; declare one to look at the journey by stage",
                touchpoint=point.id,
            )
    rest = {item.id for item in codebook.asked} - {point.id for point in codebook.touchpoints}
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
        name, columns = f"{stage.stage}_stage" if stage.stage in rest else stage.stage, {}
        for role in RATED_ROLES:
            asked = [point for point in members if role in point.questions]
            if not asked:
                continue
            columns[role] = tuple(dict.fromkeys(c for p in asked for c in p.questions[role]))
            keys = [(point.id, role) for point in asked]
            ratings = pd.DataFrame({key: answers.values[key] for key in keys})
            values[name, role] = ratings.mean(axis=1).to_numpy()
            # Answered where any member is; else the reason that a member gives, never used only
            # where that holds for all that were asked.
            found = [answers.states[key] for key in keys]
            states[name, role] = first_state(found, ANSWERED, NO_ANSWER, NOT_USED, NOT_ASKED)
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
    for key in answers.values:
        if key[0] in rest:
            values[key], states[key] = answers.values[key], answers.states[key]
    others = answers.others and by_stage(codebook, answers.others)[1]
    answers = replace(answers, others=others, values=FrozenDict(values), states=FrozenDict(states))
    return codebook.model_copy(update={"touchpoints": tuple(points)}), answers
