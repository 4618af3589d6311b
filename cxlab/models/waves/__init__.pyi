"""The room of waves: what changed, what it goes with, and whether it is more than chance."""

from .against_targets import against_targets as against_targets
from .before_after import before_after as before_after
from .control_chart import control_chart as control_chart
from .decompose_change import decompose_change as decompose_change
from .decompose_mix import decompose_mix as decompose_mix
from .detectable import detectable as detectable
from .nps_error import nps_error as nps_error
from .touchpoint_changes import touchpoint_changes as touchpoint_changes
