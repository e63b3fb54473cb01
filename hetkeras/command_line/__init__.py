"""The command `hetkeras`: subcommands turn flags into the verbs."""
