# shellcheck shell=sh
# shellcheck disable=SC2154 # nonce, newline: begin.sh
hold "$nonce done$newline"
release
