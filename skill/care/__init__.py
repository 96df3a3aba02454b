"""Caregivers: who may start, see and change what, with the person's consent; no web page, no database."""
