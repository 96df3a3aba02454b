"""The caregivers' pages. `skill.web.pages.add_pages` puts them into a Flask app."""
