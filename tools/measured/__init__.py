"""Tables of docs/measured.md, out of the files in docs/measured/ and the shipped models."""
