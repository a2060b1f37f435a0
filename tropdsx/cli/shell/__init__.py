"""Commands about tropdsx on this machine: what is installed, and help for the shell."""
