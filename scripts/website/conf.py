"""Sphinx' settings for the site; `build` sets the environment variables that it reads.

Nothing is fetched while a page is read: no fonts, scripts or badges from elsewhere.
"""

import os
from pathlib import Path

project = "Supervised fine-tuning, measured"
author = "the course's authors"
html_title = project
language = "en"

extensions = ["myst_nb", "sphinxext.opengraph"]
exclude_patterns = ["_extra"]
nb_execution_mode = "off"
nb_ipywidgets_js = {}  # no lesson has widgets, and these would come from elsewhere
nb_number_source_lines = False
nb_merge_streams = True
myst_heading_anchors = 4
myst_enable_extensions = ["attrs_inline", "strikethrough"]
suppress_warnings = [
    "mystnb.mime_priority",  # HTML is there for each table
    "misc.highlighting_failure",  # some cells show programs that can't be read, on purpose
]

html_theme = "sphinx_book_theme"
html_static_path = [str(Path(__file__).parent / "static")]
html_extra_path = [os.environ["COURSE_SITE_EXTRA"]]
html_css_files = ["course.css"]
html_js_files = [("course.js", {"defer": "defer"})]
html_copy_source = False
html_show_sourcelink = False
html_show_search_summary = False  # a summary would be fetched, which a page in a folder may not
html_show_sphinx = False
html_last_updated_fmt = None
html_context = {"default_mode": "auto"}
html_theme_options = {
    "navbar_persistent": [],  # the search stands in the sidebar
    "show_toc_level": 2,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "home_page_in_toc": True,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
if address := os.environ.get("COURSE_SITE_REPOSITORY"):  # known once somebody has set it
    html_theme_options |= {
        "repository_url": address,
        "repository_branch": os.environ["COURSE_SITE_BRANCH"],
        "use_repository_button": True,
        "launch_buttons": {"colab_url": "https://colab.research.google.com"},
    }
ogp_site_url = os.environ.get("COURSE_SITE_ADDRESS", "")
ogp_image = "_static/preview.png"
ogp_image_alt = "A product sheet, what the base model writes about it, and what it writes after 300 rows of SFT"
ogp_social_cards = {"enable": False}
ogp_enable_meta_description = True
