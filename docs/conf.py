"""Sphinx configuration."""

import sklearn_blia

project = "sklearn-blia"
author = copyright = "The sklearn-blia developers"
release = version = sklearn_blia.__version__
extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
myst_enable_extensions = ["deflist"]
autosummary_generate = True
numpydoc_show_class_members = False
autodoc_default_options = {"members": True, "inherited-members": False, "undoc-members": False}
# Methods inherited from scikit-learn refer to its glossary, which is not here.
suppress_warnings = ["ref.term", "ref.ref"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "sklearn-blia"
html_static_path = ["static"]
html_css_files = ["tables.css"]
