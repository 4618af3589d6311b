"""The face of cxlab: what a notebook imports. Read at run time, so that there is one list."""

from .errors import (
    CxlabError as CxlabError,
)
from .errors import (
    Fault as Fault,
)
from .errors import (
    ModelError as ModelError,
)
from .errors import (
    ReportError as ReportError,
)
from .errors import (
    StudyError as StudyError,
)
from .glossary import GLOSSARY as GLOSSARY
from .models.comments.verbatims import verbatims as verbatims
from .models.describe.changes import changes as changes
from .models.describe.changes import differences as differences
from .models.describe.kano import kano as kano
from .models.describe.metrics import (
    ces as ces,
)
from .models.describe.metrics import (
    csat as csat,
)
from .models.describe.metrics import (
    distribution as distribution,
)
from .models.describe.metrics import (
    metrics as metrics,
)
from .models.describe.metrics import (
    nps as nps,
)
from .models.describe.metrics import (
    score as score,
)
from .models.describe.reliability import (
    design_effects as design_effects,
)
from .models.describe.reliability import (
    item_rest as item_rest,
)
from .models.describe.reliability import (
    reliability as reliability,
)
from .models.describe.scores import (
    expectation_ceiling as expectation_ceiling,
)
from .models.describe.scores import (
    experience_scores as experience_scores,
)
from .models.describe.scores import (
    gap_reliability as gap_reliability,
)
from .models.describe.scores import (
    gap_scores as gap_scores,
)
from .models.describe.scores import (
    servqual as servqual,
)
from .models.describe.scores import (
    tolerance as tolerance,
)
from .models.fit import Fit as Fit
from .models.gap.congruence import congruence as congruence
from .models.gap.disconfirmation import disconfirmation as disconfirmation
from .models.gap.expectation_sources import expectation_sources as expectation_sources
from .models.gap.fit_gap import GapFit as GapFit
from .models.gap.fit_gap import fit_gap as fit_gap
from .models.gap.forms import compare_gap_forms as compare_gap_forms
from .models.gap.many_gaps import fit_gaps as fit_gaps
from .models.gap.many_gaps import fit_long as fit_long
from .models.gap.penalty_reward import penalty_reward as penalty_reward
from .models.gap.surface import (
    gap_points as gap_points,
)
from .models.gap.surface import (
    surface as surface,
)
from .models.gap.surface import (
    surface_grid as surface_grid,
)
from .models.importance.dominance import (
    conditional_dominance as conditional_dominance,
)
from .models.importance.dominance import (
    dominance as dominance,
)
from .models.importance.importance import (
    compare_importance as compare_importance,
)
from .models.importance.importance import (
    importance as importance,
)
from .models.importance.importance import (
    lmg as lmg,
)
from .models.importance.importance import (
    priorities as priorities,
)
from .models.importance.importance import (
    rank_distribution as rank_distribution,
)
from .models.loyalty.categorical import CategoricalFit as CategoricalFit
from .models.loyalty.compare_missing import compare_missing as compare_missing
from .models.loyalty.diagnostics import diagnose as diagnose
from .models.loyalty.effects import effects as effects
from .models.loyalty.effects import what_if as what_if
from .models.loyalty.fit_loyalty import fit_loyalty as fit_loyalty
from .models.loyalty.fit_moments import MomentsFit as MomentsFit
from .models.loyalty.fit_moments import fit_moments as fit_moments
from .models.loyalty.moderation import moderation as moderation
from .models.loyalty.moderation import simple_slopes as simple_slopes
from .models.loyalty.parallel_lines import parallel_lines as parallel_lines
from .report.batch.render import render_studies as render_studies
from .show.disclosure.linked import members_of as members_of
from .show.disclosure.linked import suppress_together as suppress_together
from .show.disclosure.rules import (
    at_least as at_least,
)
from .show.disclosure.rules import (
    merge_small as merge_small,
)
from .show.disclosure.rules import (
    suppress as suppress,
)
from .show.disclosure.rules import (
    suppress_counts as suppress_counts,
)
from .show.disclosure.rules import (
    suppressed as suppressed,
)
from .show.explore.explorers import (
    explore_drivers as explore_drivers,
)
from .show.explore.explorers import (
    explore_surface as explore_surface,
)
from .show.page.cover import cover as cover
from .show.page.cover import provenance as provenance
from .show.page.html import (
    Html as Html,
)
from .show.page.html import (
    block as block,
)
from .show.page.html import (
    bullets as bullets,
)
from .show.page.html import (
    footnote as footnote,
)
from .show.page.html import (
    prose as prose,
)
from .show.page.list_entry import list_entry as list_entry
from .show.page.refusals import Refusal as Refusal
from .show.page.refusals import attempt as attempt
from .show.page.sections import question as question
from .show.page.sections import section as section
from .show.page.selection import (
    cut_by as cut_by,
)
from .show.page.selection import (
    first_metric as first_metric,
)
from .show.page.selection import (
    look as look,
)
from .show.page.selection import (
    only as only,
)
from .show.page.selection import (
    shown as shown,
)
from .show.page.tables import cards as cards
from .show.page.tables import table as table
from .show.plot.distribution import plot_distribution as plot_distribution
from .show.plot.gap import (
    plot_gap_forms as plot_gap_forms,
)
from .show.plot.gap import (
    plot_penalty_reward as plot_penalty_reward,
)
from .show.plot.gap import (
    plot_tolerance as plot_tolerance,
)
from .show.plot.importance import plot_drivers as plot_drivers
from .show.plot.importance import plot_priorities as plot_priorities
from .show.plot.journey import plot_experience as plot_experience
from .show.plot.journey import plot_gaps as plot_gaps
from .show.plot.metrics import (
    plot_metrics as plot_metrics,
)
from .show.plot.metrics import (
    plot_segments as plot_segments,
)
from .show.plot.metrics import (
    plot_waves as plot_waves,
)
from .show.plot.rankings import (
    plot_effects as plot_effects,
)
from .show.plot.rankings import (
    plot_rankings as plot_rankings,
)
from .show.plot.rankings import (
    plot_ranks as plot_ranks,
)
from .show.plot.style import Picture as Picture
from .show.plot.surface import plot_surface as plot_surface
from .show.plot.surface import plot_surface_3d as plot_surface_3d
from .show.say.bottom_line import say_bottom_line as say_bottom_line
from .show.say.checks import (
    say_diagnosis as say_diagnosis,
)
from .show.say.checks import (
    say_method as say_method,
)
from .show.say.checks import (
    say_moderation as say_moderation,
)
from .show.say.checks import (
    say_reliability as say_reliability,
)
from .show.say.classes import say_kano as say_kano
from .show.say.classes import say_penalty_reward as say_penalty_reward
from .show.say.effects import say_effects as say_effects
from .show.say.effects import say_what_if as say_what_if
from .show.say.experience import say_experience as say_experience
from .show.say.experience import say_gaps as say_gaps
from .show.say.gap import (
    say_disconfirmation as say_disconfirmation,
)
from .show.say.gap import (
    say_gap_forms as say_gap_forms,
)
from .show.say.gap import (
    say_gaps_models as say_gaps_models,
)
from .show.say.groups import (
    quotes as quotes,
)
from .show.say.groups import (
    say_differences as say_differences,
)
from .show.say.groups import (
    say_segments as say_segments,
)
from .show.say.importance import (
    say_by_stage as say_by_stage,
)
from .show.say.importance import (
    say_drivers as say_drivers,
)
from .show.say.importance import (
    say_priorities as say_priorities,
)
from .show.say.importance import (
    say_ranks as say_ranks,
)
from .show.say.limits import say_limits as say_limits
from .show.say.metrics import say_metrics as say_metrics
from .show.say.metrics import say_nps as say_nps
from .show.say.rankings import say_methods as say_methods
from .show.say.rankings import say_missing as say_missing
from .show.say.scores import (
    say_expectation_ceiling as say_expectation_ceiling,
)
from .show.say.scores import (
    say_expectation_sources as say_expectation_sources,
)
from .show.say.scores import (
    say_gap_reliability as say_gap_reliability,
)
from .show.say.scores import (
    say_servqual as say_servqual,
)
from .show.say.scores import (
    say_tolerance as say_tolerance,
)
from .show.say.surface import say_congruence as say_congruence
from .show.say.surface import say_surface as say_surface
from .show.say.waves import say_changes as say_changes
from .show.say.waves import say_waves as say_waves
from .stats.moments import Moments as Moments
from .study.privacy.masking import mask as mask
from .study.read_study import check_study as check_study
from .study.read_study import read_study as read_study
from .study.simulate.simulate_study import (
    simulate_study as simulate_study,
)
from .study.simulate.simulate_study import (
    write_study as write_study,
)
from .study.study import Study as Study

__version__: str
