"""The room of segments: classes of customers who answer alike, what each is like, and a study that
is split by them.
"""

from .find_segments import find_segments as find_segments
from .segment_profile import segment_profile as segment_profile
from .with_segments import with_segments as with_segments
