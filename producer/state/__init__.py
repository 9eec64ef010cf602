"""What outlives the process: spool, reject file, acknowledgement journal."""
