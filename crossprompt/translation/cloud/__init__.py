"""Google's Cloud Translation v3: its languages, and one attempt at one request."""
