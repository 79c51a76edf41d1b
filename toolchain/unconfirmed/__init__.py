"""The register of what we assume: its entries, the markers in the tree, and the page of both."""
