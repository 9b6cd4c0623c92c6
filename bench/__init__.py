"""What is measured, how, and what is not. Not part of the installed package."""
