"""Instance to instance: signed messages (RFC 9421), as docs/reference/federation.md has them."""
