"""What may help after an error: one module for each kind of trouble."""
