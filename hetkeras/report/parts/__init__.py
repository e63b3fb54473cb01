"""What pages share: reading files, formats, figures, tables."""
