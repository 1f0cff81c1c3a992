"""Python runs this when it starts with this folder on ``PYTHONPATH``, as the processes that tests start do."""

from page_cache import trust_the_page_cache

trust_the_page_cache()
