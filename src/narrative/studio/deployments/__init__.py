"""Deployments: stable addresses that serve one model version."""
