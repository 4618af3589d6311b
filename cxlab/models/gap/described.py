"""Descriptions of the gap, which the room of gap models names too."""

from cxlab.models.describe.gap_scores import gap_scores, servqual, tolerance

__all__ = ["gap_scores", "servqual", "tolerance"]
