"""What a field must be: patterns in EventBridge's words, and by which values of a field one is found."""
