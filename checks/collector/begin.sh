# shellcheck shell=sh
# shellcheck disable=SC2034 # other parts use what is set here
# What comes before all output: the environment, a low priority, the nonce, and the program that packs what is printed.

PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin
LC_ALL=C
export PATH LC_ALL
unset ENV BASH_ENV CDPATH IFS
umask 077
set -f
newline="
"
renice -n 10 -p $$ >/dev/null
ionice -c 3 -p $$ >/dev/null

# Bytes of standard input as hexadecimal pairs with blanks between them.
if command -v od >/dev/null; then
	hex() { od -An -v -tx1; }
else
	hex() { hexdump -v -e "1/1 \" %02x\""; }
fi

# 128 random bits that nobody on this host could know before: no content can be mistaken for a frame.
make_nonce() {
	# shellcheck disable=SC2046 # the pairs are to be split
	set -- $(head -c 16 /dev/urandom | hex)
	IFS=
	nonce="$*"
	unset IFS
	case $nonce in
	*[!0-9a-f]*) nonce= ;;
	esac
	[ ${#nonce} -eq 32 ]
}
if ! make_nonce; then
	echo "sshvet-evidence 1 error no-nonce"
	exit 2
fi

# All that is printed from here on leaves through one program (assemble.cmake puts it at the end of a pipe), as each write becomes a packet that both sides
# encrypt and that wakes whoever reads it. dd gathers input until a block of output is full, and writes what is left when its input ends: 32 kB are the most
# that a packet holds, and what a stock server has to say fits into one. busybox gathers only where blocks of input are of another size. When this is killed, dd
# still writes what it has; when dd is, one block is lost at most, and evidence without its end is incomplete. Without such a dd (what is tried has no
# input) output leaves as it comes.
pack="dd ibs=8192 obs=32768"
$pack || pack="cat"
