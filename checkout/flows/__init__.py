"""What the shop does: transactions open here, processors are asked here, between transactions."""
