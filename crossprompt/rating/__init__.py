"""Human rating of translations: what raters are shown, how their answers are checked, and what comes of them."""
