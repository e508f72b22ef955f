#!/bin/sh
exec sh current/bin/hello "$@"
