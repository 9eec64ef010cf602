"""`make deploy-local`: builds, deploys, feeds, updates and deletes the real stack in the AWS emulator."""
