#!/bin/sh
# Unpacks Debian 13's virtiofsd and the libraries that it needs, without installing anything.
#
#   extract_virtiofsd.sh OUTPUT_DIR
#
# The IRSA webhook runs the Rust virtiofsd with --sandbox=none as user 107. Debian 12 has only the
# older C one, which knows neither; so this one is run by its own dynamic loader, from where it is.
set -eu

output=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

mmdebstrap --quiet --mode=root --variant=extract --include=virtiofsd trixie "$work/root"
mkdir -p "$output/lib"
cp "$work/root/usr/libexec/virtiofsd" "$output/virtiofsd"
cp -L "$work"/root/usr/lib64/ld-linux-x86-64.so.2 "$output/loader"
cp -L "$work"/root/usr/lib/x86_64-linux-gnu/*.so.* "$output/lib/"
chmod -R a+rX "$output"
"$output/loader" --library-path "$output/lib" "$output/virtiofsd" --version
