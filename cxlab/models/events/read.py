"""Reading belongs to the study; the room offers it beside what is made of it."""

from cxlab.study.read_events import read_events as read_events
