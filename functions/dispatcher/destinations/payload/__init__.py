"""What a destination is sent of a message: its text, what stands beside it, and how the table changes it."""
