"""What is known of the errors of a result: RMSE maps, and what the network expects."""
