"""A browser as a coach: the session is decided here, its sound is played there."""
