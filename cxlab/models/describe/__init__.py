"""How things stand before anything is explained: metrics, scores, stated classes, reliability."""
