"""Mail: letters, conversations with servers, signatures, and what servers report later."""
