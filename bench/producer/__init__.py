"""`make bench-producer`, `make poc`, `make soak`."""
