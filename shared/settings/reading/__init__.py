"""How settings are read: by name, with everything that is wrong reported in one round."""
