"""`make routes`: checks a routing table, explains where a message goes, pauses and resumes destinations and routes."""
