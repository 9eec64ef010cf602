"""A measured sample of a fleet's traffic: counted from a file or a topic, so that a plan guesses less."""
