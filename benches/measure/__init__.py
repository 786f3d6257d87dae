"""What the benchmarks share: contestants in turns, servers, load, figures and the report."""
