"""The front desk under load: visitors by locust, faults while they come, and an account of every one of them."""
