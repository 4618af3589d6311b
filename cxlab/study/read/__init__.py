"""From files to respondents: tables as text, cells as ratings with their states, faults by row."""
