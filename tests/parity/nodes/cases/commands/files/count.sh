#!/bin/sh
for i in $(seq "$1"); do echo $i $COLOUR; done
