"""The routing table: where a message goes. Imports the contract at most."""
