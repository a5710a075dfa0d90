"""What a stack costs a month: its resources, priced by rows that name where each figure comes from."""
