"""The WSGI application, for any WSGI server."""

from flask import Flask

app = Flask("msbdemo")


@app.route("/")
def hello() -> str:
    return "If you are seeing this, the multi-stage build succeeded"
