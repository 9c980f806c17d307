"""Configuration of the server that the user stories are played on."""

import os

from jupyterlab.galata import configure_jupyter_server

c = get_config()  # type: ignore[name-defined]  # noqa: F821  (Jupyter puts it there)

configure_jupyter_server(c)
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.port = int(os.environ["DSINFRA_UI_PORT"])
# Galata would switch the token off. With one, the stories prove that the panel works for
# a user who logged in, and no other account of this machine can use the server.
c.IdentityProvider.token = os.environ["DSINFRA_UI_TOKEN"]
# What a story removes is not put into the trash of whoever runs them.
c.FileContentsManager.delete_to_trash = False
