"""What model loaders import for images and names."""
