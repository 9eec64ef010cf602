"""The threads that produce, and what slows them down on purpose."""
