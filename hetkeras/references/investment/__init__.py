"""Investment as a problem of mean and variance, solved by collocation."""
