"""`make replay`: the replayer for people, on AWS or on the local stack."""
