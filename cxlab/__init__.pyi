"""The face of cxlab: what a notebook imports. Read at run time, so that there is one list."""

from .errors import (
    CxlabError as CxlabError,
    Fault as Fault,
    ModelError as ModelError,
    ReportError as ReportError,
    StudyError as StudyError,
)
from .glossary import GLOSSARY as GLOSSARY
from .models.comments.verbatims import verbatims as verbatims
from .models.describe.changes import changes as changes, differences as differences
from .models.describe.gap_scores import (
    expectation_ceiling as expectation_ceiling,
    experience_scores as experience_scores,
    gap_reliability as gap_reliability,
    gap_scores as gap_scores,
    servqual as servqual,
    tolerance as tolerance,
)
from .models.describe.kano import kano as kano
from .models.describe.metrics import (
    ces as ces,
    csat as csat,
    distribution as distribution,
    metrics as metrics,
    nps as nps,
    score as score,
)
from .models.describe.reliability import (
    design_effects as design_effects,
    item_rest as item_rest,
    reliability as reliability,
)
from .models.fit import Fit as Fit
from .models.gap.congruence import congruence as congruence
from .models.gap.disconfirmation import disconfirmation as disconfirmation
from .models.gap.expectation_sources import expectation_sources as expectation_sources
from .models.gap.fit_gap import GapFit as GapFit, fit_gap as fit_gap
from .models.gap.forms import compare_gap_forms as compare_gap_forms
from .models.gap.many_gaps import fit_gaps as fit_gaps, fit_long as fit_long
from .models.gap.penalty_reward import penalty_reward as penalty_reward
from .models.gap.surface import (
    gap_points as gap_points,
    surface as surface,
    surface_grid as surface_grid,
)
from .models.importance.dominance import (
    conditional_dominance as conditional_dominance,
    dominance as dominance,
)
from .models.importance.importance import (
    compare_importance as compare_importance,
    importance as importance,
    lmg as lmg,
    priorities as priorities,
    rank_distribution as rank_distribution,
)
from .models.loyalty.categorical import CategoricalFit as CategoricalFit
from .models.loyalty.compare_missing import compare_missing as compare_missing
from .models.loyalty.diagnostics import diagnose as diagnose
from .models.loyalty.effects import effects as effects, what_if as what_if
from .models.loyalty.fit_loyalty import fit_loyalty as fit_loyalty
from .models.loyalty.fit_moments import MomentsFit as MomentsFit, fit_moments as fit_moments
from .models.loyalty.moderation import moderation as moderation, simple_slopes as simple_slopes
from .models.loyalty.parallel_lines import parallel_lines as parallel_lines
from .report.batch.render import render_studies as render_studies
from .show.disclosure.linked import members_of as members_of, suppress_together as suppress_together
from .show.disclosure.rules import (
    at_least as at_least,
    merge_small as merge_small,
    suppress as suppress,
    suppress_counts as suppress_counts,
    suppressed as suppressed,
)
from .show.explore.explorers import (
    explore_drivers as explore_drivers,
    explore_surface as explore_surface,
)
from .show.page.cover import cover as cover, provenance as provenance
from .show.page.html import (
    Html as Html,
    block as block,
    bullets as bullets,
    footnote as footnote,
    prose as prose,
)
from .show.page.list_entry import list_entry as list_entry
from .show.page.refusals import Refusal as Refusal, attempt as attempt
from .show.page.sections import question as question, section as section
from .show.page.selection import (
    cut_by as cut_by,
    first_metric as first_metric,
    look as look,
    only as only,
    shown as shown,
)
from .show.page.tables import cards as cards, table as table
from .show.plot.distribution import plot_distribution as plot_distribution
from .show.plot.gap import (
    plot_gap_forms as plot_gap_forms,
    plot_penalty_reward as plot_penalty_reward,
    plot_tolerance as plot_tolerance,
)
from .show.plot.importance import plot_drivers as plot_drivers, plot_priorities as plot_priorities
from .show.plot.journey import plot_experience as plot_experience, plot_gaps as plot_gaps
from .show.plot.metrics import (
    plot_metrics as plot_metrics,
    plot_segments as plot_segments,
    plot_waves as plot_waves,
)
from .show.plot.rankings import (
    plot_effects as plot_effects,
    plot_rankings as plot_rankings,
    plot_ranks as plot_ranks,
)
from .show.plot.style import Picture as Picture
from .show.plot.surface import plot_surface as plot_surface, plot_surface_3d as plot_surface_3d
from .show.say.bottom_line import say_bottom_line as say_bottom_line
from .show.say.checks import (
    say_diagnosis as say_diagnosis,
    say_method as say_method,
    say_moderation as say_moderation,
    say_reliability as say_reliability,
)
from .show.say.classes import say_kano as say_kano, say_penalty_reward as say_penalty_reward
from .show.say.effects import say_effects as say_effects, say_what_if as say_what_if
from .show.say.experience import say_experience as say_experience, say_gaps as say_gaps
from .show.say.gap import (
    say_disconfirmation as say_disconfirmation,
    say_gap_forms as say_gap_forms,
    say_gaps_models as say_gaps_models,
)
from .show.say.gap_scores import (
    say_expectation_ceiling as say_expectation_ceiling,
    say_expectation_sources as say_expectation_sources,
    say_gap_reliability as say_gap_reliability,
    say_servqual as say_servqual,
    say_tolerance as say_tolerance,
)
from .show.say.groups import (
    quotes as quotes,
    say_differences as say_differences,
    say_segments as say_segments,
)
from .show.say.importance import (
    say_by_stage as say_by_stage,
    say_drivers as say_drivers,
    say_priorities as say_priorities,
    say_ranks as say_ranks,
)
from .show.say.limits import say_limits as say_limits
from .show.say.metrics import say_metrics as say_metrics, say_nps as say_nps
from .show.say.rankings import say_methods as say_methods, say_missing as say_missing
from .show.say.surface import say_congruence as say_congruence, say_surface as say_surface
from .show.say.waves import say_changes as say_changes, say_waves as say_waves
from .stats.moments import Moments as Moments
from .study.privacy.masking import mask as mask
from .study.read_study import check_study as check_study, read_study as read_study
from .study.simulate.simulate_study import simulate_study as simulate_study
from .study.simulate.write_study import write_study as write_study
from .study.study import Study as Study

__version__: str
