"""Citations as W3C Web Annotations, which other tools read; and annotations of others, found."""
