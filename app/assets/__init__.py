"""The sources of what the browser loads, and the step that builds it. Nothing here runs while the site serves."""
