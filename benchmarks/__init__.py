"""What the extension costs, measured side by side with and without it."""
