"""The coach of this machine inside the server: does here what caregivers, plans and screens ask for."""
