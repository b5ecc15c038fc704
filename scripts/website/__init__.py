"""The course as a web site: ``python -m scripts.website``, behind ``make site``.

`sources` lays the stored lessons, assignments and pages out for Sphinx, `build` makes the site of them, `live` writes
what the pages that answer need (`static/` holds their scripts), and `conf` is Sphinx's configuration. Nothing is
trained or run, and a built site needs no network and no server.
"""
