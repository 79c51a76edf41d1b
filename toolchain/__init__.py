"""What prepares, locks and checks the repository: no part of the app, never deployed.

`toolchain.prepare` runs before anything is installed; everything else here runs in the environment
it made. `checks` judges the code, `generate` writes files from it.
"""
