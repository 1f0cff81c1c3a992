"""What people read: the report and its tables."""
