"""The room of the journey: which contacts weigh, and how they are lived."""

from .advice import advice as advice
from .channels import (
    channel_consistency as channel_consistency,
    channel_handoffs as channel_handoffs,
    channel_pairs as channel_pairs,
    channel_scores as channel_scores,
)
from .compare_parties import compare_parties as compare_parties
from .experience_differences import experience_differences as experience_differences
from .funnel import action_ratios as action_ratios, funnel as funnel
from .journey_map import journey_map as journey_map
from .moments_of_truth import moments_of_truth as moments_of_truth
from .next_steps import next_steps as next_steps
from .recovery import problem_incidence as problem_incidence, recovery as recovery
