"""Metrics for Prometheus: ``host.py`` reads them, ``process.py`` adds those of the process,
``workers.py`` puts those of several processes together, ``endpoint.py`` serves them. Nothing here
is on the way of a message: what is counted anyway is read when somebody asks.
"""
