"""The command line: flags in, words and exit statuses out."""
