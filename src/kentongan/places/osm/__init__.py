"""OpenStreetMap into the ground: which tags mean what (`mapping.yaml`), reading the file, writing `ground.index`."""
