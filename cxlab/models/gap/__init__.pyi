"""Does the gap between expectation and experience matter, and how?"""

from .congruence import congruence as congruence
from .described import gap_scores as gap_scores, servqual as servqual, tolerance as tolerance
from .disconfirmation import disconfirmation as disconfirmation
from .expectation_sources import expectation_sources as expectation_sources
from .fit_gap import GapFit as GapFit, fit_gap as fit_gap
from .forms import compare_gap_forms as compare_gap_forms
from .many_gaps import fit_gaps as fit_gaps, fit_long as fit_long
from .penalty_reward import penalty_reward as penalty_reward
from .surface import gap_points as gap_points, surface as surface, surface_grid as surface_grid
