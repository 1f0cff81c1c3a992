"""Files that survive a kill: atomic writes, fingerprints, markers."""
