"""Text analysis: from text to the terms of BM25."""
