"""How things stand before anything is explained: metrics, scores, stated classes, reliability."""

from .changes import changes as changes, differences as differences
from .choices import choices as choices
from .gap_scores import (
    expectation_ceiling as expectation_ceiling,
    experience_scores as experience_scores,
    gap_reliability as gap_reliability,
    gap_scores as gap_scores,
    servqual as servqual,
    tolerance as tolerance,
)
from .kano import kano as kano
from .metrics import (
    ces as ces,
    csat as csat,
    distribution as distribution,
    metrics as metrics,
    nps as nps,
    rating_distribution as rating_distribution,
    score as score,
)
from .reliability import (
    design_effects as design_effects,
    item_rest as item_rest,
    reliability as reliability,
)
