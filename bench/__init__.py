"""`make bench`: what a door costs, beside what others would cost, as ratios."""
