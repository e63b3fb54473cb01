"""Methods of others, written anew from their papers, that ours are timed against."""
