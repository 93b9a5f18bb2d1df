"""What engines on a server have in common: packed passages, their numbering, and reading them."""
