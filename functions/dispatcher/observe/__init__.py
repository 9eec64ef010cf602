"""What is told of a batch: metrics, log lines, trace segments."""
