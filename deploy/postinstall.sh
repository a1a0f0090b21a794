#!/bin/sh
# The user that faceid.service runs as. The service is not started: its models are to be fetched first, see the unit.
set -e
getent passwd faceid >/dev/null || useradd --system --home-dir /var/lib/faceid --shell /usr/sbin/nologin faceid
