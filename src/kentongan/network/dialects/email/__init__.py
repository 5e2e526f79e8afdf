"""A body that has nothing but a mailbox: it is written to, and answers through a link in the mail."""
