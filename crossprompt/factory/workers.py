"""Which workers live: each holds a lock on a file of its own, which the system drops when its process ends."""
