"""Recognises structure from the layout of a text: headings, paragraphs, titles, debris."""
