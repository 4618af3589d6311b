"""What respondents wrote."""
