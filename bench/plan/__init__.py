"""Measures what the planner calculates with, and holds its predictions to real runs."""
