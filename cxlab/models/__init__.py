"""What the answers mean: metrics, gap models, loyalty regressions, importance."""
