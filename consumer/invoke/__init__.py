"""How a batch reaches the function: in process, or through AWS Lambda."""
