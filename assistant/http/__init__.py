"""The web: JSON under ``/api/v1``, pages for people, streams of events, health and metrics."""
