"""cxlab: expectation-gap models, loyalty drivers and client reports for customer-experience
surveys.

The face of the package: an explicit list, loaded when first used, so that `import cxlab` costs next
to nothing.
"""

from __future__ import annotations

import importlib

__version__ = "0.1.0"

_FACE = {
    "cxlab.errors": ["CxlabError", "StudyError", "ModelError", "ReportError", "Fault"],
    "cxlab.glossary": ["GLOSSARY"],
    "cxlab.study.study": ["Study"],
    "cxlab.study.read_study": ["read_study", "check_study"],
    "cxlab.study.simulate.simulate_study": ["simulate_study", "write_study"],
    "cxlab.models.fit": ["Fit"],
    "cxlab.stats.moments": ["Moments"],
    "cxlab.models.loyalty.compare_missing": ["compare_missing"],
    "cxlab.models.loyalty.fit_moments": ["MomentsFit", "fit_moments"],
    "cxlab.models.describe.changes": ["changes", "differences"],
    "cxlab.models.describe.metrics": [
        "nps",
        "csat",
        "ces",
        "score",
        "metrics",
        "distribution",
    ],
    "cxlab.models.comments.verbatims": ["verbatims"],
    "cxlab.models.describe.scores": [
        "gap_scores",
        "experience_scores",
        "tolerance",
        "servqual",
        "gap_reliability",
        "expectation_ceiling",
    ],
    "cxlab.models.gap.fit_gap": ["GapFit", "fit_gap"],
    "cxlab.models.gap.forms": ["compare_gap_forms"],
    "cxlab.models.gap.many_gaps": ["fit_gaps", "fit_long"],
    "cxlab.models.gap.surface": ["surface", "surface_grid", "gap_points"],
    "cxlab.models.gap.congruence": ["congruence"],
    "cxlab.models.gap.disconfirmation": ["disconfirmation"],
    "cxlab.models.gap.expectation_sources": ["expectation_sources"],
    "cxlab.models.gap.penalty_reward": ["penalty_reward"],
    "cxlab.models.describe.kano": ["kano"],
    "cxlab.models.loyalty.fit_loyalty": ["fit_loyalty"],
    "cxlab.models.loyalty.categorical": ["CategoricalFit"],
    "cxlab.models.loyalty.parallel_lines": ["parallel_lines"],
    "cxlab.models.importance.importance": [
        "importance",
        "compare_importance",
        "rank_distribution",
        "lmg",
        "priorities",
    ],
    "cxlab.models.importance.dominance": ["dominance", "conditional_dominance"],
    "cxlab.models.describe.reliability": ["reliability", "item_rest", "design_effects"],
    "cxlab.models.loyalty.effects": ["effects", "what_if"],
    "cxlab.models.loyalty.diagnostics": ["diagnose"],
    "cxlab.models.loyalty.moderation": ["moderation", "simple_slopes"],
    "cxlab.show.plot.metrics": ["plot_metrics", "plot_waves", "plot_segments"],
    "cxlab.show.plot.distribution": ["plot_distribution"],
    "cxlab.show.plot.journey": ["plot_experience", "plot_gaps"],
    "cxlab.show.plot.importance": ["plot_drivers", "plot_priorities"],
    "cxlab.show.plot.rankings": ["plot_ranks", "plot_effects", "plot_rankings"],
    "cxlab.show.plot.gap": ["plot_gap_forms", "plot_tolerance", "plot_penalty_reward"],
    "cxlab.show.plot.surface": ["plot_surface", "plot_surface_3d"],
    "cxlab.show.say.metrics": ["say_nps", "say_metrics"],
    "cxlab.show.say.waves": ["say_waves", "say_changes"],
    "cxlab.show.say.experience": ["say_experience", "say_gaps"],
    "cxlab.show.say.limits": ["say_limits"],
    "cxlab.show.say.importance": ["say_by_stage", "say_drivers", "say_ranks", "say_priorities"],
    "cxlab.show.say.bottom_line": ["say_bottom_line"],
    "cxlab.show.say.effects": ["say_effects", "say_what_if"],
    "cxlab.show.say.rankings": ["say_methods", "say_missing"],
    "cxlab.show.say.checks": [
        "say_method",
        "say_diagnosis",
        "say_moderation",
        "say_reliability",
    ],
    "cxlab.show.say.gap": ["say_gap_forms", "say_disconfirmation", "say_gaps_models"],
    "cxlab.show.say.surface": ["say_surface", "say_congruence"],
    "cxlab.show.say.scores": [
        "say_tolerance",
        "say_servqual",
        "say_gap_reliability",
        "say_expectation_ceiling",
        "say_expectation_sources",
    ],
    "cxlab.show.say.classes": ["say_penalty_reward", "say_kano"],
    "cxlab.show.page.html": ["Html", "block", "prose", "bullets", "footnote"],
    "cxlab.show.page.refusals": ["Refusal", "attempt"],
    "cxlab.show.page.tables": ["cards", "table"],
    "cxlab.show.page.cover": ["cover", "provenance"],
    "cxlab.show.page.selection": ["cut_by", "only", "first_metric", "look", "shown"],
    "cxlab.show.page.list_entry": ["list_entry"],
    "cxlab.show.page.sections": ["section", "question"],
    "cxlab.show.say.groups": ["say_segments", "say_differences", "quotes"],
    "cxlab.show.disclosure.rules": [
        "suppress",
        "suppress_counts",
        "suppressed",
        "at_least",
        "merge_small",
    ],
    "cxlab.show.disclosure.linked": ["suppress_together", "members_of"],
    "cxlab.study.privacy.masking": ["mask"],
    "cxlab.show.plot.style": ["Picture"],
    "cxlab.show.explore.explorers": ["explore_surface", "explore_drivers"],
    "cxlab.report.batch.render": ["render_studies"],
}
_HOME = {name: module for module, names in _FACE.items() for name in names}

__all__ = ["__version__", *sorted(_HOME)]


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module 'cxlab' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
