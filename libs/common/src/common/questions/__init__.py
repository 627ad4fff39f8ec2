"""What services are asked, and what they reply, one file per answering service."""
