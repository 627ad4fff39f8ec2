"""The way to other people's servers over HTTP: public addresses only, and when to come again."""
