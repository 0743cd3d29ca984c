"""What proves cardprint, its plugins and custom stations: nothing that ships a station imports it."""
