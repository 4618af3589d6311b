"""What the room of drivers holds. Read at run time, so that there is one list."""

from .fit import Fit as Fit
from .importance.dominance import (
    conditional_dominance as conditional_dominance,
    dominance as dominance,
)
from .importance.importance import (
    compare_importance as compare_importance,
    importance as importance,
    lmg as lmg,
    priorities as priorities,
    rank_distribution as rank_distribution,
)
from .loyalty.categorical import CategoricalFit as CategoricalFit
from .loyalty.compare_missing import compare_missing as compare_missing
from .loyalty.diagnostics import diagnose as diagnose
from .loyalty.effects import effects as effects, what_if as what_if
from .loyalty.fit_loyalty import fit_loyalty as fit_loyalty
from .loyalty.fit_moments import (
    Moments as Moments,
    MomentsFit as MomentsFit,
    fit_moments as fit_moments,
)
from .loyalty.moderation import moderation as moderation, simple_slopes as simple_slopes
from .loyalty.parallel_lines import parallel_lines as parallel_lines
