"""One report in a process of its own, and who starts, watches and ends that process."""
