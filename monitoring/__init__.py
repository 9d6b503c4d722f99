"""What leaves the house without names: counting, disclosure control, releases. Not server monitoring."""
