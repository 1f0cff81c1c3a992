"""Bundles: a folder that holds all that serving and the gate need of one model, and vouches for each of its files."""
