"""`make rehearse`: one's own messages through one's own table, on this machine, before anything is deployed."""
