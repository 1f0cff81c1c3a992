"""Package data: the sample and the mini backbone."""
