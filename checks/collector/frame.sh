# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # nonce, newline: begin.sh; other parts use what is set here
# What every part of the collector uses: the frames around what is found, bounds on size and time.

# Print $1 as it is. A command of its own could not take more than 128 kB, and mksh has no other printf.
case ${KSH_VERSION-} in
*MIRBSD* | *LEGACY*) put() { print -rn -- "$1"; } ;;
*) put() { printf "%s" "$1"; } ;;
esac

# Text waits until there is enough of it, as each write wakes whoever reads: hold TEXT. Whatever prints by itself calls release first.
held=
hold() {
	held=$held$1
	[ ${#held} -lt 8192 ] || release
}
release() {
	[ -z "$held" ] || put "$held"
	held=
}

# Percent-encode $1 into $encoded.
encode() {
	case $1 in
	*[!A-Za-z0-9._~/:@,+-]*)
		# shellcheck disable=SC2046 # the pairs are to be split
		set -- $(printf "%s" "$1" | hex)
		IFS=%
		encoded="%$*"
		unset IFS
		;;
	*) encoded=$1 ;;
	esac
}

# section_begin NAME [name=value ...] [-- ...]
section_begin() {
	frame="$nonce begin $1"
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		encode "${1#*=}"
		frame="$frame ${1%%=*}=$encoded"
		shift
	done
	hold "$frame$newline"
}

# section_end NAME STATUS
section_end() { hold "$newline$nonce end $1 $2$newline"; }

# A section whose arguments say it all: mark NAME STATUS [name=value ...]
mark() {
	mark_name=$1 mark_status=$2
	shift 2
	section_begin "$mark_name" "$@"
	section_end "$mark_name" "$mark_status"
}

# A section with the text $4: text_section NAME STATUS LIMIT TEXT [name=value ...]
text_section() {
	text_name=$1 text_status=$2 text_limit=$3 text=$4
	shift 4
	section_begin "$text_name" "limit=$text_limit" "$@"
	hold "$text"
	section_end "$text_name" "$text_status"
}

# A section with the bytes of a regular file: file_section NAME LIMIT PATH [name=value ...]
file_section() {
	file_name=$1 file_limit=$2 file_path=$3
	shift 3
	section_begin "$file_name" "limit=$file_limit" "path=$file_path" "$@"
	file_status=1
	release
	[ -f "$file_path" ] && head -c "$file_limit" "$file_path" && file_status=0
	section_end "$file_name" "$file_status"
}

# Run a command for at most $1 seconds. 124 when its time ran out; in all, commands may waste no more than $seconds_left. timed_here does it
# for functions, too.
seconds_left=45
timed_here() {
	timed_seconds=$1
	shift
	"$@" &
	timed_pid=$!
	(
		sleep "$timed_seconds" &
		# shellcheck disable=SC2064 # now is when $! is the sleep
		trap "kill $!; exit" TERM
		wait $!
		kill "$timed_pid"
	) >/dev/null 3>&- 4>&- &
	timed_watcher=$!
	wait "$timed_pid"
	timed_status=$?
	kill "$timed_watcher"
	wait "$timed_watcher"
	[ "$timed_status" -ne 143 ] || timed_status=124
	return "$timed_status"
}
if timeout 5 true; then
	timed() { timeout "$@"; }
elif timeout -t 5 true; then
	timed() { timeout -t "$@"; }
else
	timed() { timed_here "$@"; }
fi

# bounded LIMIT SECONDS COMMAND ...: at most LIMIT bytes of its output, and of its messages where $merge says so; returns its exit
# status. Where $filter is set, sed does that to the output first. $timer is timed, or timed_here for a function.
merge=
filter=
timer=timed
bounded() {
	bounded_limit=$1 bounded_seconds=$2
	shift 2
	[ "$seconds_left" -gt 0 ] || return 124
	{
		bounded_status=$(
			{
				{
					if [ -n "$merge" ]; then
						"$timer" "$bounded_seconds" "$@" 2>&1 3>&- 4>&-
					else
						"$timer" "$bounded_seconds" "$@" 3>&- 4>&-
					fi
					echo "$?" >&3
				} | {
					if [ -n "$filter" ]; then
						sed "$filter" 3>&- | head -c "$bounded_limit" >&4 3>&- || echo 125 >&3
					else
						head -c "$bounded_limit" >&4 3>&- || echo 125 >&3
					fi
				}
			} 3>&1
		)
	} 4>&1
	case $bounded_status in
	*125) return 125 ;;
	esac
	return "${bounded_status:-125}"
}

# Take what a command wasted off what is left: spent STATUS SECONDS
spent() { [ "$1" -ne 124 ] || seconds_left=$((seconds_left - $2)); }

# section NAME LIMIT SECONDS [name=value ...] -- COMMAND ...
section() {
	section_name=$1 section_limit=$2 section_seconds=$3
	shift 3
	section_begin "$section_name" "limit=$section_limit" "$@"
	while [ "$1" != -- ]; do
		shift
	done
	shift
	release
	bounded "$section_limit" "$section_seconds" "$@"
	section_status=$?
	spent "$section_status" "$section_seconds"
	section_end "$section_name" "$section_status"
}

# The nearest folder above $1 that is there: what is not there is certainly not there only when this one can be searched.
nearest_above() {
	nearest=${1%/*}
	while [ -n "$nearest" ] && [ ! -e "$nearest" ]; do
		nearest=${nearest%/*}
	done
	[ -n "$nearest" ] || nearest=/
}

# What this runs on, who runs it, and by what way.
uname=$(uname -srm)
uname_status=$?
identity=$(id)
uid=${identity#uid=}
uid=${uid%%[!0-9]*}
user=${identity%% *}
case $user in
*"("*")") user=${user#*"("} user=${user%")"} ;;
*) user=$uid ;;
esac
become=none
login=$user
if [ "$uid" = 0 ] && [ -n "${SUDO_USER-}" ]; then
	become=sudo login=$SUDO_USER
elif [ "$uid" = 0 ] && [ -n "${DOAS_USER-}" ]; then
	become=doas login=$DOAS_USER
fi

hold "sshvet-evidence 1 $nonce$newline"
mark collector 0 "version=@VERSION@" "uid=$uid" "user=$user" "login=$login" "become=$become" "become_error=${sshvet_become_error-}"
