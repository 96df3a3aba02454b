"""Small real classes that stand in for our ports."""
