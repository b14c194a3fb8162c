"""The application: state, users, HTTP and time around the three libraries."""
