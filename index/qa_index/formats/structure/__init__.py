"""Structure that a text shows by its layout: headings, paragraphs, titles, debris."""
