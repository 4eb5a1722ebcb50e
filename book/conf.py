"""How Sphinx builds the site (`make book`). It reads what tools/site_source.py gathered."""

import os

project = "Why deep networks stop learning"
author = "the authors of the lessons"
copyright = "the authors; MIT licence"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx-mathjax-offline",  # MathJax comes with the site: formulas need no network
]
exclude_patterns = ["README.md"]

nb_execution_mode = "off"  # the stored outputs are what nbval keeps true
nb_merge_streams = True
nb_output_stderr = "remove"
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist"]
myst_heading_anchors = 4

autodoc_typehints = "none"
autodoc_member_order = "bysource"
autosummary_generate = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

html_theme = "sphinx_book_theme"
html_title = project
html_favicon = "_static/icon.svg"
html_context = {"default_mode": "auto"}
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {
    "use_download_button": True,
    "use_fullscreen_button": True,
    "show_toc_level": 2,
    "home_page_in_toc": True,
    "navbar_persistent": [],  # one search field is enough
}

# The address of the repository is known where the site is published, not here.
if repository := os.environ.get("REPOSITORY_URL"):
    html_theme_options |= {
        "repository_url": repository,
        "repository_branch": "hosted",  # where lessons install what they need
        "path_to_docs": "",
        "use_repository_button": True,
        "launch_buttons": {
            "binderhub_url": "https://mybinder.org",
            "colab_url": "https://colab.research.google.com",
            "notebook_interface": "jupyterlab",
        },
    }
