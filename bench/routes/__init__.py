"""What it costs to read a message and find its route, by the form of the table."""
