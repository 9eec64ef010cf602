"""From parcels to calls. May import the destinations, never the other way."""
