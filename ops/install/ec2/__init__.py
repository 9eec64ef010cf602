"""The services on EC2: a template, what a new host runs, and the artefact that it installs."""
