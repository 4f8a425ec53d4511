"""`python -m webhooks` is the command line, where the `checkout` command is not installed."""

from webhooks.app import main

main()
