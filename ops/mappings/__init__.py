"""The mappings of topics that a file lists: checked, and written as one template that deploys mapping.yaml for each."""
