"""Many reports: planned, made side by side, put in place, listed, verified."""
