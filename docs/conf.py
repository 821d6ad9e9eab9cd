"""Sphinx configuration."""

import sys
from pathlib import Path

import sklearn_blia

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "sklearn-blia"
author = copyright = "The sklearn-blia developers"
release = version = sklearn_blia.__version__
extensions = [
    "mathml",
    "myst_parser",
    "numpydoc",
    "short_names",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
html_math_renderer = "mathml"
default_role = "py:obj"  # what a docstring names, it links to
autosummary_generate = True
numpydoc_show_class_members = False
autodoc_default_options = {"members": True, "inherited-members": False, "undoc-members": False}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"/plot_",
    "within_subsection_order": "ExampleTitleSortKey",
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
    "plot_gallery": "True",
}
# Methods inherited from scikit-learn refer to its glossary, which is not here; gallery pages are not pickled.
suppress_warnings = ["ref.term", "ref.ref", "config.cache"]
exclude_patterns = ["_build", "_ext", "gallery/*.ipynb"]
html_theme = "furo"
html_title = "sklearn-blia"
html_static_path = ["static"]
html_css_files = ["tables.css"]
