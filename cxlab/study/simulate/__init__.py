"""Studies with a planted truth: designs, their answers, and the files of a study."""
