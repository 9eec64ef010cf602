"""The routing table at run time: where it comes from, when it is reloaded, and its destinations."""
