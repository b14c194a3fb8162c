"""Processes of this machine: locks, sockets, children, and the Chroma server on loopback."""
