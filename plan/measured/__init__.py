"""What was measured of the dispatcher: one dated file, and the types that read it."""
