"""Changes: each function checks, then acts, inside its caller's transaction."""
