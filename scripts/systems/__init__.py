"""The systems of the sources, S1 to S11: what their calls do today, and a complete program that works.

`published/` holds the sources' calls, each in a minimal program of ours; `working/` holds a program that works on the
same model and data and needs nothing but its libraries. `rows` says what happens to the first and why; `page` makes
``docs/systems.md`` of all three; `running` runs a program on the real model and measures it. Nothing here knows of the
lessons.
"""
