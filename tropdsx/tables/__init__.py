"""Small tables that ship with tropdsx, and the script that makes them."""
