"""`make watch`: a board of what a stack does now, here or on AWS, with the names of its dashboard."""
