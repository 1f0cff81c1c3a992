"""Languages and locales: names, scripts, families."""
