"""HTML documents: how templates are rendered, and how styles and scripts get inside."""
