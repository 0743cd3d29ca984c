"""Our own plugins; they reach the rest through the same hooks as any vendor's."""
