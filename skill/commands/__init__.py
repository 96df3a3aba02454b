"""The commands of `steady`, one module each; each has a function `command(phrases) -> click.Command`."""
