"""Metrics for Prometheus: ``host.py`` gathers them, ``endpoint.py`` serves them, ``text.py`` carries
them from one process to another. Nothing here is on the way of a message: what is counted anyway is
read when somebody asks.
"""
