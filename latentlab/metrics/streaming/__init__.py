"""One pass over a cloud of any size: sums that merge, and the metrics read from them."""
