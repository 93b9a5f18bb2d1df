"""Documents and presentations of Office and OpenDocument.

The modules that hold a ``FORMAT`` are named after it and import the parser when they parse.
"""
