"""The conformance suite's runner: scenarios against this host, or another through an adapter.

A scenario takes one way: :mod:`~wasi_messaging.conformance.scenarios` reads it,
:mod:`~wasi_messaging.conformance.run` plays it on a
:class:`~wasi_messaging.conformance.protocol.Subject`, :mod:`~wasi_messaging.conformance.judge`
compares, :mod:`~wasi_messaging.conformance.report` tells. The scenarios themselves, and the
components that they run, are in the folder ``conformance/`` of the repository.
"""
