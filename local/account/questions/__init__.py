"""Asks mappings what AWS's documents leave open of them, by what they deliver when."""
