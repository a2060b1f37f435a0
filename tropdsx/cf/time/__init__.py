"""Times: dates of any form, forecasts by when they hold, epochs on their step, neighbours."""
