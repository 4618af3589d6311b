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
    "cxlab.study.study": ["Study", "read_study", "check_study"],
    "cxlab.study.simulate": ["simulate_study", "write_study"],
    "cxlab.models.fit": ["Fit"],
    "cxlab.models.moments": ["Moments"],
    "cxlab.models.missing": ["compare_missing"],
    "cxlab.models.moments_fit": ["MomentsFit", "fit_moments"],
    "cxlab.models.metrics": [
        "nps",
        "csat",
        "ces",
        "score",
        "metrics",
        "distribution",
        "changes",
        "differences",
    ],
    "cxlab.models.voice": ["verbatims"],
    "cxlab.models.scores": [
        "gap_scores",
        "experience_scores",
        "tolerance",
        "servqual",
        "gap_reliability",
        "expectation_ceiling",
    ],
    "cxlab.models.gap": ["GapFit", "fit_gap"],
    "cxlab.models.gap_forms": ["compare_gap_forms"],
    "cxlab.models.many_gaps": ["fit_gaps", "fit_long"],
    "cxlab.models.surface": ["surface", "surface_grid", "gap_points"],
    "cxlab.models.congruence": ["congruence"],
    "cxlab.models.disconfirmation": ["disconfirmation"],
    "cxlab.models.expectations": ["expectation_sources"],
    "cxlab.models.penalty_reward": ["penalty_reward"],
    "cxlab.models.kano": ["kano"],
    "cxlab.models.loyalty": ["fit_loyalty"],
    "cxlab.models.categorical": ["CategoricalFit"],
    "cxlab.models.parallel_lines": ["parallel_lines"],
    "cxlab.models.importance": [
        "importance",
        "compare_importance",
        "rank_distribution",
        "lmg",
        "priorities",
    ],
    "cxlab.models.dominance": ["dominance", "conditional_dominance"],
    "cxlab.models.reliability": ["reliability", "item_rest", "design_effects"],
    "cxlab.models.effects": ["effects", "what_if"],
    "cxlab.models.diagnostics": ["diagnose"],
    "cxlab.models.moderation": ["moderation", "simple_slopes"],
    "cxlab.show.plots": [
        "plot_metrics",
        "plot_distribution",
        "plot_waves",
        "plot_segments",
        "plot_experience",
        "plot_gaps",
    ],
    "cxlab.show.model_plots": ["plot_drivers", "plot_priorities"],
    "cxlab.show.driver_plots": ["plot_ranks", "plot_effects", "plot_rankings"],
    "cxlab.show.gap_plots": ["plot_gap_forms", "plot_tolerance", "plot_penalty_reward"],
    "cxlab.show.surface_plots": ["plot_surface", "plot_surface_3d"],
    "cxlab.show.sentences": [
        "say_nps",
        "say_metrics",
        "say_waves",
        "say_changes",
        "say_experience",
        "say_gaps",
        "say_limits",
    ],
    "cxlab.show.model_sentences": [
        "say_by_stage",
        "say_drivers",
        "say_ranks",
        "say_priorities",
        "say_bottom_line",
        "say_method",
    ],
    "cxlab.show.driver_sentences": [
        "say_effects",
        "say_what_if",
        "say_methods",
        "say_missing",
        "say_diagnosis",
        "say_moderation",
        "say_reliability",
    ],
    "cxlab.show.gap_sentences": ["say_gap_forms", "say_disconfirmation", "say_gaps_models"],
    "cxlab.show.surface_sentences": ["say_surface", "say_congruence"],
    "cxlab.show.score_sentences": [
        "say_tolerance",
        "say_servqual",
        "say_gap_reliability",
        "say_expectation_ceiling",
        "say_expectation_sources",
    ],
    "cxlab.show.class_sentences": ["say_penalty_reward", "say_kano"],
    "cxlab.show.tables": [
        "Html",
        "Refusal",
        "attempt",
        "block",
        "prose",
        "points",
        "footnote",
        "cover",
        "cards",
        "table",
        "provenance",
        "parts",
        "only",
        "first_metric",
        "look",
        "shown",
    ],
    "cxlab.show.facts": ["facts"],
    "cxlab.show.sections": ["section", "question"],
    "cxlab.show.voices": ["say_segments", "say_differences", "quotes"],
    "cxlab.show.disclosure": [
        "suppress",
        "suppress_counts",
        "suppressed",
        "at_least",
        "merge_small",
    ],
    "cxlab.show.overlap": ["suppress_together", "members_of"],
    "cxlab.study.masking": ["mask"],
    "cxlab.show.style": ["Picture"],
    "cxlab.show.explore": ["explore_surface", "explore_drivers"],
    "cxlab.report.render": ["render_studies"],
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
