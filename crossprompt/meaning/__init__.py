"""A screening of translations for their meaning: does a turn find its own English source under an aligned prompt?"""
