"""What all execution environments share about a destination or a route; imports `aws` and `errors` alone."""
