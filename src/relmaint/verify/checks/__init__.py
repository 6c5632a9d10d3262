"""Which findings are there about a book, beyond what keeps it from loading?

One module a check; each has a function `find` that yields findings. What a book says under `checks:` sets severities
and names exceptions.
"""
