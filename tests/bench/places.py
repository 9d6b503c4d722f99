"""Areas of the arrival form, for made-up content."""

AREAS = {
    "TN": ("greater_tunis", "north_east", "north_west", "centre_east", "centre_west", "south_east", "south_west"),
    "GM": ("banjul", "kanifing", "brikama", "mansakonko", "kerewan", "kuntaur", "janjanbureh", "basse"),
}
