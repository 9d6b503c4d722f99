"""The web front door: pages for staff, partners and monitors, and the JSON API."""
