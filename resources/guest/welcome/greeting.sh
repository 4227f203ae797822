#!/bin/sh
# The welcome image's default command.
cat <<'TEXT'

  Hello from Cove. This container runs, so Docker works.

  Try next:
    docker run --rm cove/welcome uname -a
    docker run --rm -p 8080:80 cove/welcome httpd -f -h /www
        then open http://localhost:8080
    docker run --rm -it cove/welcome sh
    docker run --rm -it debian:stable-slim bash
    docker compose up        in a folder with a compose.yaml

TEXT
