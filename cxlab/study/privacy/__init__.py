"""What must not leave a study: personal data in text, and values that no output may hold."""
