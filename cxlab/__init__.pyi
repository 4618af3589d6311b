"""The face of cxlab: what a notebook imports. Read at run time, so that there is one list."""

from . import exports as exports, learn as learn
from .errors import (
    CxlabError as CxlabError,
    ModelError as ModelError,
    ReportError as ReportError,
    StudyError as StudyError,
)
from .glossary import GLOSSARY as GLOSSARY
from .models import (
    comments as comments,
    constructs as constructs,
    describe as describe,
    drivers as drivers,
    events as events,
    gap as gap,
    journey as journey,
    money as money,
    segments as segments,
    waves as waves,
)
from .models.describe.changes import changes as changes, differences as differences
from .models.describe.gap_scores import (
    experience_scores as experience_scores,
    gap_scores as gap_scores,
    tolerance as tolerance,
)
from .models.describe.kano import kano as kano
from .models.describe.metrics import (
    distribution as distribution,
    metrics as metrics,
    nps as nps,
)
from .models.describe.reliability import reliability as reliability
from .models.fit import Fit as Fit
from .models.gap.congruence import congruence as congruence
from .models.gap.disconfirmation import disconfirmation as disconfirmation
from .models.gap.fit_gap import fit_gap as fit_gap
from .models.gap.forms import compare_gap_forms as compare_gap_forms
from .models.gap.penalty_reward import penalty_reward as penalty_reward
from .models.gap.surface import surface as surface
from .models.importance.importance import (
    compare_importance as compare_importance,
    importance as importance,
    priorities as priorities,
)
from .models.loyalty.diagnostics import diagnose as diagnose
from .models.loyalty.effects import effects as effects, what_if as what_if
from .models.loyalty.fit_loyalty import fit_loyalty as fit_loyalty
from .models.loyalty.fit_moments import fit_moments as fit_moments
from .models.loyalty.moderation import moderation as moderation
from .report.batch.render import render_studies as render_studies
from .result import Result as Result
from .show import explore as explore
from .show.page.page import Page as Page
from .show.views import plot as plot, say as say, table as table
from .study.privacy.masking import mask as mask
from .study.read_study import check_study as check_study, read_study as read_study
from .study.simulate.simulate_study import simulate_study as simulate_study
from .study.simulate.write_study import write_study as write_study
from .study.study import Study as Study

__version__: str
