"""Sphinx configuration."""

import sklearn_blia

project = "sklearn-blia"
author = copyright = "The sklearn-blia developers"
release = version = sklearn_blia.__version__
extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.mathjax"]
myst_enable_extensions = ["dollarmath"]
autosummary_generate = True
numpydoc_show_class_members = False
autodoc_default_options = {"members": True, "inherited-members": False, "undoc-members": False}
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "sklearn-blia"
