"""The room of the journey: which contacts weigh, and how they are lived."""

from .funnel import action_ratios as action_ratios, funnel as funnel
from .journey_map import journey_map as journey_map
from .moments_of_truth import moments_of_truth as moments_of_truth
