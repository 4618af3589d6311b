"""What was asked: study.yml as it is declared, and every fault of the declaration."""
