"""Providers to practise with: an SMSC, a mailbox, a push service, and a page to look at them."""
