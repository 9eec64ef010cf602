"""What AWS charges: one dated file, and the types that read it."""
