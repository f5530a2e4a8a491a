"""A page that shows that a multi-stage build succeeded."""
