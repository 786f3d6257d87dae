"""How guests are built: which there are, with which tools, and where the results are kept."""
