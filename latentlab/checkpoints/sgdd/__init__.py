"""Old `.pt` files of SGDD: read without trust, told apart, converted."""
