"""The AWS services that the replayer calls."""
