"""What the values of a sound-looking file say against its declaration, one question a file."""
