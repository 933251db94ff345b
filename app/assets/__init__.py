"""The sources of what the browser loads, and the step that builds it. Serving the site needs none of it."""
