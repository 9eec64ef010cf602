"""`make aws-check`: deploys to an account under its own name, sends, disturbs, reconciles and removes it all."""
