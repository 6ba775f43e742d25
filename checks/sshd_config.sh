# shellcheck shell=sh
# How sshd is configured: which daemons listen, their own account of it, and the files, which tell where each value comes from.
# shellcheck disable=SC2034,SC2154 # merge, newline, uid, sshd, encoded: frame.sh and host.sh
# shellcheck disable=SC3013 # where -ef is not known, no program is the same

# Which sshd listen here, how they were started and when. Only processes of root count: everybody may call a process sshd.

# Keep an argument for sshd -T, and for the scanner: daemon_keep ARGUMENT
daemon_keep() {
	daemon_kept=$((daemon_kept + 1))
	eval "daemon_${daemons}_$daemon_kept=\$1"
	encode "$1"
	daemon_text="$daemon_text$encoded$newline"
}

# Take arguments apart as getopt(3) does: daemon_options FORM WORD ... In a title what was quoted is lost, but sshd takes options alone: words that do
# not begin with - belong to the one before them. Sets $daemon_known: empty for what is not understood; $daemon_listens: empty for one that does not.
daemon_options() {
	daemon_form=$1 daemon_known="" daemon_listens=yes daemon_file=""
	shift
	while [ $# -gt 0 ]; do
		case $1 in
		-?*) daemon_word=${1#-} ;;
		*) return ;;
		esac
		shift
		while [ -n "$daemon_word" ]; do
			daemon_letter=${daemon_word%"${daemon_word#?}"} daemon_word=${daemon_word#?}
			case $daemon_letter in
			[46]) daemon_keep "-$daemon_letter" ;;
			[DeqrQd]) ;;
			[GRTit]) daemon_listens= ;;
			[CEbcfghkopu])
				if [ -z "$daemon_word" ]; then
					[ $# -gt 0 ] || return
					daemon_word=$1
					shift
				fi
				while [ "$daemon_form" = title ] && [ $# -gt 0 ]; do
					case $1 in
					-*) break ;;
					esac
					daemon_word="$daemon_word $1"
					shift
				done
				case $daemon_letter in
				f)
					daemon_file=$daemon_word
					case $daemon_file in
					/*) ;;
					*) return ;;
					esac
					;;
				[cghop])
					daemon_keep "-$daemon_letter"
					daemon_keep "$daemon_word"
					;;
				esac
				daemon_word=
				;;
			*) return ;;
			esac
		done
	done
	[ "$daemon_kept" -gt 64 ] || daemon_known=yes
}

# Whether a process is of root, and of this system rather than of a container; sets $parent.
of_root() {
	daemon_uid="" daemon_inner="" parent=""
	while read -r field first second _; do
		case $field in
		PPid:) parent=$first ;;
		Uid:) daemon_uid=$first/$second ;;
		NSpid:) daemon_inner=$second ;;
		esac
	done <"/proc/$1/status"
	[ "$daemon_uid" = 0/0 ] && [ -z "$daemon_inner" ]
}

# A process by the name of sshd: when it listens, remember it and say what is known of it. Others come and go meanwhile: for each connection the one that
# listens makes a child, which is called as itself until it runs a program of its own.
daemon_look() {
	of_root "$1" || return
	daemon_title=
	read -r daemon_title <"/proc/$1/cmdline"
	case $daemon_title in
	/* | "sshd: /"*) ;;
	*) return ;;
	esac
	daemon_title=$(head -c 8192 "/proc/$1/cmdline" | tr "\000" "\n")
	[ -n "$daemon_title" ] || return
	daemon_above=
	read -r daemon_above <"/proc/$parent/comm"
	if [ "$daemon_above" = sshd ]; then
		daemon_above=$(head -c 8192 "/proc/$parent/cmdline" | tr "\000" "\n")
		[ "$daemon_above" != "$daemon_title" ] || return
	fi
	daemon_text="" daemon_kept=0 daemon_known="" daemon_listens=yes daemon_file="" daemon_program=""
	daemons=$((daemons + 1))
	case $daemon_title in
	"sshd: /"*" [listener]"*)
		daemon_title=${daemon_title#"sshd: "} IFS=" "
		# shellcheck disable=SC2086 # to be split
		set -- "$1" title ${daemon_title%%" [listener]"*}
		;;
	/*)
		IFS=$newline
		# shellcheck disable=SC2086 # to be split
		set -- "$1" words $daemon_title
		;;
	*) set -- "$1" cut ;;
	esac
	unset IFS
	if [ "$2" != cut ]; then
		daemon_program=$3 daemon_process=$1 daemon_form=$2
		shift 3
		daemon_options "$daemon_form" "$@"
		set -- "$daemon_process"
	fi
	if [ -z "$daemon_listens" ]; then
		daemons=$((daemons - 1))
		return
	fi
	# Another program than the sshd of this host may read its configuration in another way, and is not run.
	[ "$daemon_program" -ef "$sshd" ] || daemon_known=
	daemon_stat=
	if ! read -r daemon_stat <"/proc/$1/stat"; then
		daemons=$((daemons - 1))
		return
	fi
	IFS=" "
	# shellcheck disable=SC2086 # to be split
	set -- "$1" ${daemon_stat##*") "}
	unset IFS
	eval "daemon_${daemons}_pid=\$1 daemon_${daemons}_known=\$daemon_known daemon_${daemons}_kept=\$daemon_kept"
	eval "daemon_${daemons}_file=\${daemon_file:-/etc/ssh/sshd_config}"
	daemon_serves=no
	case $ancestors in
	*" $1 "*) daemon_serves=yes ;;
	esac
	daemon_status=1
	[ -z "$daemon_known" ] || daemon_status=0
	text_section sshd_config.daemon "$daemon_status" 32768 "$daemon_text" "daemon=$daemons" "pid=$1" "program=$daemon_program" "file=$daemon_file" \
		"serves=$daemon_serves" "ticks=${21}" "hertz=$hertz" "boot=$boot"
}

# The processes this one descends from: among them is the sshd that let us in. In a container it may be the first of all.
ancestors=" "
parent=$$
daemon_depth=0
while [ "${parent:-0}" -ge 1 ] && [ "$daemon_depth" -lt 64 ]; do
	ancestors="$ancestors$parent "
	daemon_depth=$((daemon_depth + 1))
	of_root "$parent"
done

boot=
while read -r field first _; do
	[ "$field" != btime ] || boot=$first
done </proc/stat
hertz=$(getconf CLK_TCK) || hertz=100

# Where processes of others are hidden, whether there is one is not known.
daemons=0
daemon_more=0
set +f
set -- /proc/[0-9]*/comm
set -f
for path in "$@"; do
	read -r name <"$path" || continue
	[ "$name" = sshd ] || continue
	if [ "$daemons" -ge 8 ]; then
		daemon_more=1
		break
	fi
	path=${path#/proc/}
	daemon_look "${path%/comm}"
done
daemon_status=0
[ -r /proc/1/comm ] || daemon_status=1
mark sshd_config.daemons "$daemon_status" "more=$daemon_more" "boot=$boot"

# systemd may listen in the place of sshd.
if [ -d /run/systemd/system ]; then
	section sshd_config.socket 16384 5 -- systemctl show --no-pager -p Id -p ActiveState -p Listen ssh.socket sshd.socket
else
	mark sshd_config.socket 0 systemd=no
fi

dump_with() {
	dump_command=$1
	merge=yes
	dump=$(bounded 262144 10 "$sshd" "$@")
	dump_status=$?
	merge=
	spent "$dump_status" 10
}

# Ask sshd as the daemon was started: dump_daemon NUMBER OPTION ... Every argument of the daemon is passed on as one.
dump_daemon() {
	dump_number=$1
	shift
	if [ "$dump_number" -gt 0 ]; then
		eval "dump_file=\$daemon_${dump_number}_file dump_kept=\$daemon_${dump_number}_kept"
		[ "$dump_file" = /etc/ssh/sshd_config ] || set -- "$@" -f "$dump_file"
		dump_index=1
		while [ "$dump_index" -le "$dump_kept" ]; do
			eval "set -- \"\$@\" \"\$daemon_${dump_number}_$dump_index\""
			dump_index=$((dump_index + 1))
		done
	fi
	dump_with "$@"
}

# The files a daemon holds in memory: its host keys, and the one with its number, which it writes when it starts and when it reads its configuration again.
dump_files() {
	IFS=$newline
	# shellcheck disable=SC2086 # to be split into lines
	set -- $dump
	unset IFS
	pidfile=/run/sshd.pid
	if [ $# -eq 0 ]; then
		set -- hostkey\ /etc/ssh/ssh_host_ed25519_key hostkey\ /etc/ssh/ssh_host_ecdsa_key hostkey\ /etc/ssh/ssh_host_rsa_key
	fi
	for line in "$@"; do
		case $line in
		[Hh]ost[Kk]ey" "*) [ -e "${line#* }" ] && mark sshd_config.host_key 0 "daemon=$dump_number" "path=${line#* }" "mtime=$(stat -L -c %Y "${line#* }")" ;;
		[Pp]id[Ff]ile" "*) pidfile=${line#* } ;;
		esac
	done
	if [ -f "$pidfile" ] && read -r line <"$pidfile"; then
		eval "[ \"\$line\" = \"\$daemon_${dump_number}_pid\" ]" &&
			mark sshd_config.pidfile 0 "daemon=$dump_number" "path=$pidfile" "mtime=$(stat -L -c %Y "$pidfile")"
	fi
}

# -T needs root, host keys and the folder of the running daemon; -G (9.3 and later) needs none of them.
ask_daemon() {
	if [ "$uid" = 0 ]; then
		dump_daemon "$1" -T
		# Where there is a Match LocalPort it wants a port; nobody listens on this one.
		case $dump_status:$dump in
		0:*) ;;
		*LocalPort*lport*) dump_daemon "$1" -T -C lport=1 ;;
		esac
		refusal="" refusal_status=$dump_status
		if [ "$dump_status" -ne 0 ]; then
			refusal=$dump
			dump_daemon "$1" -G
			[ "$dump_status" -eq 0 ] || dump=$refusal dump_status=$refusal_status dump_command=-T
		fi
		text_section sshd_config.test "$refusal_status" 262144 "$refusal$newline" "daemon=$1"
	else
		dump_daemon "$1" -G
	fi
	text_section sshd_config.dump "$dump_status" 262144 "$dump$newline" "command=sshd $dump_command" "daemon=$1"
	if [ "$dump_status" -eq 0 ]; then
		asked=yes dumps="$dumps$dump$newline"
	else
		dump=
		unknown=yes
	fi
	[ "$1" -eq 0 ] || dump_files
}

# Each daemon, or where none is known, what a daemon would be with the usual file. For other parts: $dumps is all that daemons say, $dump the same where
# each of them was asked, and nothing where one was not.
asked="" unknown="" dumps="" dump=""
daemon_index=0
[ "$daemons" -eq 0 ] || daemon_index=1
while [ "$daemon_index" -le "$daemons" ]; do
	eval "daemon_known=\${daemon_${daemon_index}_known-\$sshd}"
	if [ -n "$daemon_known" ]; then
		ask_daemon "$daemon_index"
	else
		unknown=yes
	fi
	daemon_index=$((daemon_index + 1))
done
dump=
[ -n "$unknown" ] || dump=$dumps

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
	include_time=
	case $state:$pattern in
	listed:*[*?[]*) include_time=$(stat -L -c %Y "$folder") ;;
	esac
	text_section sshd_config.include "$include_status" 262144 "$include_list" "pattern=$pattern" "folder=$state" "mtime=$include_time"
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
if [ "$daemons" -eq 0 ]; then
	config_add /etc/ssh/sshd_config
else
	daemon_index=1
	while [ "$daemon_index" -le "$daemons" ]; do
		eval "[ -z \"\$daemon_${daemon_index}_known\" ] || config_add \"\$daemon_${daemon_index}_file\""
		daemon_index=$((daemon_index + 1))
	done
fi
config_next=1
while [ "$config_next" -le "$config_count" ]; do
	eval "config_path=\$config_$config_next"
	file_section sshd_config.file 262144 "$config_path" "mtime=$(stat -L -c %Y "$config_path")"
	if [ "$file_status" -eq 0 ]; then
		config_includes "$config_path"
		[ -n "$changes" ] || changes=$(sed -n "/$list_change/{p;q;}" "$config_path")
	fi
	config_next=$((config_next + 1))
done

# Nothing else tells what the default is where the configuration sets the list.
if [ -n "$changes" ] && [ -n "$asked" ]; then
	case $uid in
	0) list_option=-T ;;
	*) list_option=-G ;;
	esac
	section sshd_config.defaults 65536 10 "command=sshd $list_option" -- "$sshd" "$list_option" -f /dev/null
fi
