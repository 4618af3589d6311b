"""The room of constructs: what stands behind satisfaction and loyalty, and leads to what."""

from .construct_effects import construct_effects as construct_effects
from .construct_quality import construct_quality as construct_quality, htmt as htmt
from .fit_constructs import ConstructFit as ConstructFit, fit_constructs as fit_constructs
from .importance_performance import importance_performance as importance_performance
