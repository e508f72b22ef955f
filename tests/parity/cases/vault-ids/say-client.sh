#!/bin/sh
# A program that says a password; its name makes it a client, which is told the label.
[ "$*" = "--vault-id any" ] && echo said
