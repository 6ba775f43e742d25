# shellcheck shell=sh
# How sshd is configured: its own account of it, and the files, which tell where each value comes from.
# shellcheck disable=SC2034,SC2154 # merge, newline, uid, sshd: frame.sh and host.sh

dump_with() {
	dump_command=$1
	merge=yes
	dump=$(bounded 262144 10 "$sshd" "$@")
	dump_status=$?
	merge=
	spent "$dump_status" 10
}

# -T needs root, host keys and the folder of the running daemon; -G (9.3 and later) needs none of them.
dump=
if [ -n "$sshd" ]; then
	if [ "$uid" = 0 ]; then
		dump_with -T
		# Where there is a Match LocalPort it wants a port; nobody listens on this one.
		case $dump_status:$dump in
		0:*) ;;
		*LocalPort*lport*) dump_with -T -C lport=1 ;;
		esac
		if [ "$dump_status" -ne 0 ]; then
			refusal=$dump refusal_status=$dump_status
			dump_with -G
			[ "$dump_status" -eq 0 ] || dump=$refusal dump_status=$refusal_status dump_command=-T
		fi
	else
		dump_with -G
	fi
	text_section sshd_config.dump "$dump_status" 262144 "$dump$newline" "command=sshd $dump_command"
	[ "$dump_status" -eq 0 ] || dump=
fi

# Whether what a pattern matches can be known: sets $state to listed, absent (no such folder), unlistable or unsupported.
include_state() {
	folder=${1%/*}
	[ -n "$folder" ] || folder=/
	state=listed
	case $1 in
	*[\\\(\)\{\}\|~]*) state=unsupported ;;
	*[*?[]*/*) [ "$uid" = 0 ] || state=unlistable ;;
	*)
		if [ -d "$folder" ]; then
			[ -x "$folder" ] || state=unlistable
			case ${1##*/} in
			*[*?[]*) [ -r "$folder" ] || state=unlistable ;;
			esac
		else
			state=absent
			nearest_above "$folder"
			[ -x "$nearest" ] || state=unlistable
		fi
		;;
	esac
}

# Remember a file to be read, once, 256 at most.
config_add() {
	config_index=1
	while [ "$config_index" -le "$config_count" ]; do
		eval "[ \"\$config_$config_index\" = \"\$1\" ]" && return
		config_index=$((config_index + 1))
	done
	[ "$config_count" -lt 256 ] || return
	config_count=$((config_count + 1))
	eval "config_$config_count=\$1"
}

# Say which files an Include means, in the order in which sshd reads them: one a line, encoded.
include_section() {
	case $includes in
	*"$newline$1$newline"*) return ;;
	esac
	includes="$includes$1$newline"
	include_state "$1"
	pattern=$1
	set --
	if [ "$state" = listed ]; then
		IFS=
		set +f
		# shellcheck disable=SC2086 # the pattern is to be expanded
		set -- $pattern
		set -f
		unset IFS
	fi
	include_list=
	for path in "$@"; do
		if [ -e "$path" ] || [ -L "$path" ]; then
			encode "$path"
			include_list="$include_list$encoded$newline"
			config_add "$path"
		fi
	done
	include_status=0
	case $state in
	unlistable | unsupported) include_status=1 ;;
	esac
	text_section sshd_config.include "$include_status" 262144 "$include_list" "pattern=$pattern" "folder=$state"
}

# The Include lines of a file. What is quoted in an unusual way is left alone: the scanner sees that its answer is missing.
config_includes() {
	lines=$(sed -n "s/^[[:space:]]*[Ii][Nn][Cc][Ll][Uu][Dd][Ee][[:space:]=]\{1,\}//p; 5000q" "$1")
	IFS="$newline"
	# shellcheck disable=SC2086 # to be split into lines
	set -- $lines
	for line in "$@"; do
		IFS=" $tab_return"
		# shellcheck disable=SC2086 # to be split into words
		set -- $line
		unset IFS
		for word in "$@"; do
			case $word in
			"#"*) break ;;
			\"*\") word=${word#\"} word=${word%\"} ;;
			esac
			case $word in
			*\"* | *"$apostrophe"*) break ;;
			/* | "~"*) include_section "$word" ;;
			?*) include_section "/etc/ssh/$word" ;;
			esac
		done
	done
	unset IFS
}

tab_return=$(printf "\t\r")
apostrophe=$(printf "\047")
includes=$newline
config_count=0
# A list that Match may set and that adds to, takes from or reorders the default one.
list_change="^[[:space:]]*[HhPpCc][UuOoAa][BbSs][KkTtIi][EeBbGg][YyAaNn][A-Za-z]*[[:space:]=\"]*[-+^]"
changes=
config_add /etc/ssh/sshd_config
config_next=1
while [ "$config_next" -le "$config_count" ]; do
	eval "config_path=\$config_$config_next"
	file_section sshd_config.file 262144 "$config_path"
	if [ "$file_status" -eq 0 ]; then
		config_includes "$config_path"
		[ -n "$changes" ] || changes=$(sed -n "/$list_change/{p;q;}" "$config_path")
	fi
	config_next=$((config_next + 1))
done

# Nothing else tells what the default is where the configuration sets the list.
if [ -n "$changes" ] && [ -n "$dump" ]; then
	case $uid in
	0) list_option=-T ;;
	*) list_option=-G ;;
	esac
	section sshd_config.defaults 65536 10 "command=sshd $list_option" -- "$sshd" "$list_option" -f /dev/null
fi
