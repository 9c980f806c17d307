"""What faces Jupyter Server: the extension, its routes, its ears on the kernels."""
