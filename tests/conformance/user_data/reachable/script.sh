#!/bin/sh
echo included
