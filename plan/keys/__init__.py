"""Keys: where each lands, which code is too heavy for one partition, and what splitting it gives up."""
