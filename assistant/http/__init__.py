"""The web: API, pages and streams."""
