"""Where a result came from: names between cells, slices, changes since, and the way back."""
