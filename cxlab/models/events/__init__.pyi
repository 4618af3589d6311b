"""The room of event logs: the paths that customers take, and what each touchpoint carries on."""

from .loops import drop_off as drop_off, exit_experience as exit_experience, loops as loops
from .paths import event_log as event_log, paths as paths, time_between as time_between
from .read import read_events as read_events
from .touchpoint_value import touchpoint_value as touchpoint_value
from .transitions import first_steps as first_steps, transitions as transitions
