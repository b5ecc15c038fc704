"""What makes and runs the course, behind `make`; it is not installed with the package."""
