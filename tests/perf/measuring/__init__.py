"""Reading what processes and the machine do, and what repeated readings say."""
