"""The dispatcher beside what one would build without it: speed, calls, cold start and cost. See docs/benchmarks.md."""
