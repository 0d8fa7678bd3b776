"""What a server called of its custom loaders, and when: for people, and for programs."""
