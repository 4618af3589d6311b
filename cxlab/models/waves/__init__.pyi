"""The room of waves: what changed, what it goes with, and whether it is more than chance."""

from .touchpoint_changes import touchpoint_changes as touchpoint_changes
