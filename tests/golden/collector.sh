#!/bin/sh
# sshvet collector 0.1.0: looks, read-only, at how this host is secured and prints what it found on standard output.
#
#   sh -s [auto|none|sudo|doas] <collector     how sshvet runs it: nothing is stored on the host
#   /usr/local/sbin/sshvet-collector           installed, as the forced command of an audit key
#
# It creates, changes and loads nothing. All of it is quoted text and one group of commands: cut short, it does not run.

sshvet_collector='
{
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

if command -v od >/dev/null; then
	hex() { od -An -v -tx1; }
else
	hex() { hexdump -v -e "1/1 \" %02x\""; }
fi

make_nonce() {

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

pack="dd ibs=8192 obs=32768"
$pack || pack="cat"

{
# What every part of the collector uses: the frames around what is found, bounds on size and time.
case ${KSH_VERSION-} in
*MIRBSD* | *LEGACY*) put() { print -rn -- "$1"; } ;;
*) put() { printf "%s" "$1"; } ;;
esac

held=
hold() {
	held=$held$1
	[ ${#held} -lt 8192 ] || release
}
release() {
	[ -z "$held" ] || put "$held"
	held=
}

encode() {
	case $1 in
	*[!A-Za-z0-9._~/:@,+-]*)

		set -- $(printf "%s" "$1" | hex)
		IFS=%
		encoded="%$*"
		unset IFS
		;;
	*) encoded=$1 ;;
	esac
}

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

section_end() { hold "$newline$nonce end $1 $2$newline"; }

mark() {
	mark_name=$1 mark_status=$2
	shift 2
	section_begin "$mark_name" "$@"
	section_end "$mark_name" "$mark_status"
}

text_section() {
	text_name=$1 text_status=$2 text_limit=$3 text=$4
	shift 4
	section_begin "$text_name" "limit=$text_limit" "$@"
	hold "$text"
	section_end "$text_name" "$text_status"
}

file_section() {
	file_name=$1 file_limit=$2 file_path=$3
	shift 3
	section_begin "$file_name" "limit=$file_limit" "path=$file_path" "$@"
	file_status=1
	release
	[ -f "$file_path" ] && head -c "$file_limit" "$file_path" && file_status=0
	section_end "$file_name" "$file_status"
}

seconds_left=45
timed_here() {
	timed_seconds=$1
	shift
	"$@" &
	timed_pid=$!
	(
		sleep "$timed_seconds" &

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

spent() { [ "$1" -ne 124 ] || seconds_left=$((seconds_left - $2)); }

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

nearest_above() {
	nearest=${1%/*}
	while [ -n "$nearest" ] && [ ! -e "$nearest" ]; do
		nearest=${nearest%/*}
	done
	[ -n "$nearest" ] || nearest=/
}

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
mark collector 0 "version=0.1.0" "uid=$uid" "user=$user" "login=$login" "become=$become" "become_error=${sshvet_become_error-}"

# What the host is: the operating system, the kernel, the version of OpenSSH.
for path in /etc/os-release /usr/lib/os-release; do
	if [ -e "$path" ]; then
		file_section host.os_release 16384 "$path"
		break
	fi
done

text_section host.uname "$uname_status" 1024 "$uname"

sshd=$(command -v sshd)
merge=yes
text=
[ -z "$sshd" ] || text=$(bounded 4096 5 "$sshd" "-?")
case $text in
*OpenSSH_*) text_section host.openssh 0 4096 "$text" "command=sshd" ;;
*) section host.openssh 4096 5 "command=ssh" -- ssh -V ;;
esac
merge=

# How sshd is configured: which daemons listen, their own account of it, and the files, which tell where each value comes from.
daemon_keep() {
	daemon_kept=$((daemon_kept + 1))
	eval "daemon_${daemons}_$daemon_kept=\$1"
	encode "$1"
	daemon_text="$daemon_text$encoded$newline"
}

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

		set -- "$1" title ${daemon_title%%" [listener]"*}
		;;
	/*)
		IFS=$newline

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

	[ "$daemon_program" -ef "$sshd" ] || daemon_known=
	daemon_stat=
	if ! read -r daemon_stat <"/proc/$1/stat"; then
		daemons=$((daemons - 1))
		return
	fi
	IFS=" "

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

dump_files() {
	IFS=$newline

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

ask_daemon() {
	if [ "$uid" = 0 ]; then
		dump_daemon "$1" -T

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

config_includes() {
	lines=$(sed -n "s/^[[:space:]]*[Ii][Nn][Cc][Ll][Uu][Dd][Ee][[:space:]=]\{1,\}//p; 5000q" "$1")
	IFS="$newline"

	set -- $lines
	for line in "$@"; do
		IFS=" $tab_return"

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

if [ -n "$changes" ] && [ -n "$asked" ]; then
	case $uid in
	0) list_option=-T ;;
	*) list_option=-G ;;
	esac
	section sshd_config.defaults 65536 10 "command=sshd $list_option" -- "$sshd" "$list_option" -f /dev/null
fi

# Which accounts there are. Of passwords only what they amount to: none of them, and no hash, leaves the host.
account_own() {
	case $newline$account_text in
	*"$newline$login:"*) return ;;
	esac
	case $login in
	"" | -*) return ;;
	esac
	account_line=$(bounded 4096 5 getent passwd "$login")
	spent $? 5
	[ -z "$account_line" ] || account_text=$account_text$newline$account_line
}

account_database() {
	filter=$2
	account_status=127
	if command -v getent >/dev/null; then
		account_text=$(bounded 1048576 10 getent "$1")
		account_status=$?
		spent "$account_status" 10
		[ "$account_status" -eq 0 ] || mark "accounts.$1" "$account_status" "source=getent"
		[ "$1:$account_status" != passwd:0 ] || account_own
	fi
	account_source=getent
	if [ "$account_status" -ne 0 ]; then
		account_source="file"
		account_text=$(bounded 1048576 5 cat "/etc/$1")
		account_status=$?
		spent "$account_status" 5
	fi
	filter=
	text_section "accounts.$1" "$account_status" 1048576 "$account_text$newline" "source=$account_source"
}

account_database group "s/^\([^:]*\):[^:]*:/\1:x:/"

account_database passwd "s/^\([^:]*\):x:/&/
t
s/^\([^:]*\)::/&/
t
s/^\([^:]*\):\([!*]\)[^:]*:/\1:\2:/
t
s/^\([^:]*\):[^:]*:/\1:p:/
t
s/.*/?/"

now=$(date "+%s %z")
section accounts.shadow 1048576 10 -- awk -F : -v "now=${now% *}" "{
	kind = \"set\"
	if (\$2 == \"\") kind = \"empty\"
	if (substr(\$2, 1, 1) == \"!\") kind = \"locked\"
	if (substr(\$2, 1, 1) == \"*\") kind = \"none\"
	print \$1 \":\" kind \":\" (\$8 + 0 > 0 && now / 86400 >= \$8 + 1 ? \"expired\" : \"\")
}" /etc/shadow

account_sources=$(sed -n "s/^[[:space:]]*passwd[[:space:]]*://p" /etc/nsswitch.conf)
text_section accounts.sources 0 4096 "$account_sources$newline"

account_look() {
	for account in "$@"; do
		account_is_hung "${account#*:*:}" || [ -d "${account#*:*:}" ]
		put .
	done
}

account_hung=
account_is_hung() {
	IFS=$newline
	for account_mount in $account_hung; do
		case $1/ in
		"$account_mount"/*)
			unset IFS
			return 0
			;;
		esac
	done
	unset IFS
	return 1
}

account_forget() {
	account_mount=/
	while read -r _ path _; do
		case $1/ in
		"$path"/*) [ ${#path} -le ${#account_mount} ] || account_mount=$path ;;
		esac
	done </proc/self/mounts
	[ "$account_mount" != / ] || account_mount=$1
	account_hung="$account_hung$account_mount$newline"
}

account_try() {
	account_tries=3
	while [ $# -gt 0 ]; do
		account_dots=
		if [ "$account_tries" -gt 0 ]; then
			account_dots=$(timed_here 4 account_look "$@")
			spent $? 4
		fi
		account_sort "${#account_dots}" "$@"
		shift "${#account_dots}"
		[ $# -gt 0 ] || break
		[ "$account_tries" -le 0 ] || account_forget "${1#*:*:}"
		account_tries=$((account_tries - 1))
		account_lost="$account_lost${1%%:*}$newline"
		shift
	done
}

account_sort() {
	account_left=$1
	shift
	for account in "$@"; do
		[ "$account_left" -gt 0 ] || break
		account_left=$((account_left - 1))
		if [ -n "$account_hung" ] && account_is_hung "${account#*:*:}"; then
			account_lost="$account_lost${account%%:*}$newline"
		else
			account_list="$account_list$account$newline"
		fi
	done
}

account_variables() {
	account_count=0
	IFS=$newline
	for account in $account_list; do
		account_count=$((account_count + 1))
		account_rest=${account#*:}
		eval "account_name_$account_count=\${account%%:*} account_uid_$account_count=\${account_rest%%:*} account_home_$account_count=\${account_rest#*:}"
	done
	unset IFS
}

account_lines=$(put "$account_text$newline" | sed -n "s/^\([^:]*\):[^:]*:\([^:]*\):[^:]*:[^:]*:\([^:]*\):[^:]*\$/\1:\2:\3/p;10000q")
account_text=
account_list=
account_lost=
IFS=$newline

set -- $account_lines
unset IFS
account_try "$@"
set --
account_lines=
text_section accounts.hung 0 1048576 "$account_lost"
mark accounts.done 0

# Who may read, replace or use the keys of this host and of its accounts.
stat_format="%f %u %g"
if stat -c %f / >/dev/null; then
	stat_tool=stat
elif stat -f %Xp / >/dev/null; then
	stat_tool=bsd
else
	stat_tool="ls"
fi

key_count=0
key_add() {
	[ -e "$2" ] || [ -L "$2" ] || return
	key_index=1
	while [ "$key_index" -le "$key_count" ]; do
		eval "[ \"\$key_path_$key_index\" = \"\$2\" ]" && return
		key_index=$((key_index + 1))
	done
	[ "$key_count" -lt 512 ] || return
	key_count=$((key_count + 1))
	eval "key_kind_$key_count=\$1 key_path_$key_count=\$2"
}

key_stat_one() {
	section_begin keys.file "limit=4096" "path=$2" "kind=$1" "tool=$stat_tool"
	release
	case $stat_tool in
	stat)
		stat -c "$stat_format" "$2"
		key_status=$?
		[ ! -L "$2" ] || stat -L -c "$stat_format" "$2" || key_status=1
		;;
	bsd)
		stat -f "%Xp %u %g %Su:%Sg" "$2"
		key_status=$?
		[ ! -L "$2" ] || stat -L -f "%Xp %u %g %Su:%Sg" "$2" || key_status=1
		;;
	ls)
		ls -ldn "$2" | head -n 1
		key_status=$?
		[ ! -L "$2" ] || ls -ldnL "$2" | head -n 1
		;;
	esac
	section_end keys.file "$key_status"
}

key_stat_all() {
	set --
	key_index=1
	while [ "$key_index" -le "$key_count" ]; do
		eval "set -- \"\$@\" \"\$key_path_$key_index\""
		key_index=$((key_index + 1))
	done
	[ $# -gt 0 ] || return
	stat_format="%f %u %g %U:%G"
	lines=
	[ "$stat_tool" != stat ] || lines=$(stat -c "$stat_format" "$@")
	key_index=0
	IFS=$newline

	set -- $lines
	unset IFS
	[ $# -eq "$key_count" ] || set --
	while [ "$key_index" -lt "$key_count" ]; do
		key_index=$((key_index + 1))
		eval "kind=\$key_kind_$key_index path=\$key_path_$key_index"
		if [ $# -eq 0 ] || [ -L "$path" ]; then
			key_stat_one "$kind" "$path"
		else
			text_section keys.file 0 4096 "$1$newline" "path=$path" "kind=$kind" "tool=stat"
		fi
		[ $# -eq 0 ] || shift
	done
	stat_format="%f %u %g"
}

key_folder() {
	folder_state=listed folder_status=0
	if [ ! -d "$1" ]; then
		folder_state=absent
		nearest_above "$1"
		[ -x "$nearest" ] || folder_state=unlistable folder_status=1
	elif [ ! -r "$1" ] || [ ! -x "$1" ]; then
		folder_state=unlistable folder_status=1
	fi
	mark keys.folder "$folder_status" "path=$1" "folder=$folder_state" "kind=$2"
}

key_settings() {
	set --
	config_next=1
	while [ "$config_next" -le "$config_count" ]; do
		eval "set -- \"\$@\" \"\$config_$config_next\""
		config_next=$((config_next + 1))
	done
	put "$dump$newline" | awk "{
		sub(/^[ \t]+/, \"\")
		key = tolower(\$0)
		sub(/[ \t=\"].*/, \"\", key)
		if (key !~ /^(authorizedkeysfile|authorizedprincipalsfile|authorizedkeyscommand|authorizedprincipalscommand|trustedusercakeys|revokedkeys|hostkey|hostcertificate|modulifile)\$/) next
		rest = substr(\$0, length(key) + 1)
		sub(/^[ \t]*=?[ \t]*/, \"\", rest)
		if (!seen[key, rest]++) print key, rest
	}" - "$@" | head -c 65536
}

key_pattern_count=0
key_pattern() {
	case $1 in
	"" | none | *[\"\\$apostrophe$newline]*) return ;;
	esac
	case $newline$key_patterns in
	*"$newline$1$newline"*) return ;;
	esac
	[ "$key_pattern_count" -lt 32 ] || return
	key_pattern_count=$((key_pattern_count + 1))
	key_patterns="$key_patterns$1$newline"
}

key_setting() {
	setting=$1 value=${2#\"}
	shift 2
	value=${value%\"}
	case $setting:$value in
	*:none | *:) ;;
	authorizedkeysfile:* | authorizedprincipalsfile:*)
		key_pattern "$value"
		for value in "$@"; do
			value=${value#\"}
			key_pattern "${value%\"}"
		done
		;;
	*:/*)
		case $setting in
		authorizedkeyscommand) key_add authorized_keys_command "$value" ;;
		authorizedprincipalscommand) key_add authorized_principals_command "$value" ;;
		trustedusercakeys) key_add user_ca_keys "$value" ;;
		revokedkeys) key_add revoked_keys "$value" ;;
		modulifile) key_add moduli "$value" ;;
		hostcertificate) key_add host_certificate "$value" ;;
		hostkey)
			key_add host_private_key "$value"
			key_add host_public_key "$value.pub"
			;;
		esac
		;;
	esac
}

key_add ssh_directory /etc/ssh
key_add sshd_config_directory /etc/ssh/sshd_config.d
key_add sshd_config /etc/ssh/sshd_config
config_next=1
while [ "$config_next" -le "$config_count" ]; do
	eval "key_add sshd_config \"\$config_$config_next\""
	config_next=$((config_next + 1))
done
key_folder /etc/ssh host
set +f
for path in /etc/ssh/ssh_host_*_key; do
	key_add host_private_key "$path"
done
for path in /etc/ssh/ssh_host_*_key.pub; do
	key_add host_public_key "$path"
done
for path in /etc/ssh/ssh_host_*; do
	case $path in
	*-cert.pub) key_add host_certificate "$path" ;;
	*.pub) key_add host_public_key "$path" ;;
	*) key_add host_key_other "$path" ;;
	esac
done
set -f
key_add moduli /etc/ssh/moduli
key_add moduli /usr/share/openssh/moduli
key_add ssh_config /etc/ssh/ssh_config
key_add known_hosts /etc/ssh/ssh_known_hosts
key_add known_hosts /etc/ssh/known_hosts
key_add revoked_keys /etc/ssh/ssh_revoked_hosts
key_add revoked_keys /etc/ssh/revoked_keys
key_add shosts_equiv /etc/shosts.equiv
key_add shosts_equiv /etc/hosts.equiv
key_add host_rc /etc/ssh/sshrc

key_patterns=
settings=$(key_settings)
case $newline$settings in
*"${newline}authorizedkeysfile "*) ;;
*) settings="$settings${newline}authorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2" ;;
esac
IFS=$newline

set -- $settings
for line in "$@"; do
	IFS=" $tab_return"

	key_setting $line
	unset IFS
done
unset IFS
text_section keys.patterns 0 65536 "$key_patterns"

home=${HOME-}
if [ "$become" != none ]; then
	case $login in
	"" | *[!A-Za-z0-9._-]* | -*) home= ;;
	*) eval "home=~$login" ;;
	esac
fi
if account_is_hung "$home"; then
	mark keys.login 124 "user=$login" "home=$home"
else
	case $home in
	/*)
		mark keys.login 0 "user=$login" "home=$home"
		key_add login_ssh_directory "$home/.ssh"
		key_folder "$home/.ssh" login
		key_add login_authorized_keys "$home/.ssh/authorized_keys"
		;;
	*) mark keys.login 1 "user=$login" ;;
	esac
fi

key_stat_all

key_acl=
case $(ls --version) in
*coreutils*) key_acl=yes ;;
esac

key_stat_lines() {
	case $stat_tool in
	stat) timed 10 stat -c "$stat_format" "$@" ;;
	bsd) timed 10 stat -f "%Xp %u %g" "$@" ;;
	ls)
		for path in "$@"; do
			ls -ldn "$path" | head -n 1
		done
		;;
	esac
}

key_count_lines() {
	IFS=$newline

	set -- $1
	unset IFS
	key_lines=$#
}

key_print() {
	lines=$(key_stat_lines "$@")
	key_count_lines "$lines"
	if [ "$key_lines" -ne $# ]; then
		lines=
		for path in "$@"; do
			lines="$lines$(key_stat_lines "$path" || echo "?")$newline"
		done
		lines=${lines%"$newline"}
	fi
	printf "p %s %s\n" "$#" "$stat_tool"
	printf "%s\0" "$@"
	put "$lines$newline"
	[ -z "$key_acl" ] || timed 10 ls -ldnUq "$@" | awk "{ printf \"%s\", substr(\$0, 11, 1) == \"+\" ? \"+\" : \".\" }"
	put "$newline"
}

key_batch=0 key_batch_all=
key_stat() {
	key_batch=$((key_batch + 1))
	eval "key_batch_$key_batch=\$1"
	[ "$key_batch" -lt 500 ] || key_flush
}
key_flush() {
	key_batch_list=$key_batch_all
	if [ "$key_batch" -lt 500 ] || [ -z "$key_batch_all" ]; then
		key_batch_list="" key_batch_index=0
		while [ "$key_batch_index" -lt "$key_batch" ]; do
			key_batch_index=$((key_batch_index + 1))
			key_batch_list="$key_batch_list \"\$key_batch_$key_batch_index\""
		done
	fi
	[ "$key_batch" -lt 500 ] || key_batch_all=$key_batch_list
	[ "$key_batch" -eq 0 ] || eval "key_print $key_batch_list"
	key_batch=0
}

key_seen=$newline
key_once() {
	case $key_seen in
	*"$newline$1$newline"*) return 1 ;;
	esac
	[ ${#key_seen} -gt 1024 ] || key_seen="$key_seen$1$newline"
	key_stat "$1"
}

key_above() {
	above=$1
	while [ "$above" != / ]; do
		above=${above%/*}
		[ -n "$above" ] || above=/
		key_once "$above" || return
	done
}

key_record() {
	printf "%s\n" "$1"
	shift
	printf "%s\0" "$@"
}

key_enter() {
	if ! cd -P "$1"; then
		nearest=$1
		[ -d "$1" ] || nearest_above "$1"
		[ -x "$nearest" ] || key_record x "$nearest"
		return 1
	fi
	real=$PWD
	key_stat "$1"
	key_above "$1"
	if [ "$1" != "$real" ]; then
		key_record r "$1" "$real"
		key_stat "$real"
		key_above "$real"
	fi
	return 0
}

key_file() {
	[ -e "$1" ] || [ -L "$1" ] || return
	key_stat "$1"
	[ -L "$1" ] && [ -e "$1" ] || return
	target=$(timed 5 readlink -f "$1" && echo .)
	target=${target%"$newline."}
	case $target in
	/*)
		key_record r "$1" "$target"
		key_stat "$target"
		key_above "$target"
		;;
	esac
}

key_ssh_folder() {
	[ -d "$1/.ssh" ] || return
	if ! cd -P "$1/.ssh" || [ ! -r . ]; then
		key_record x "$1/.ssh"
		return
	fi
	ssh_folder=$PWD
	set +f
	set -- "$ssh_folder"/* "$ssh_folder"/.[!.]* "$ssh_folder"/agent/*
	set -f
	if [ $# -gt 100 ]; then
		key_record m "$ssh_folder"
		set -- "$ssh_folder/authorized_keys" "$ssh_folder/authorized_keys2" "$ssh_folder/config" "$ssh_folder/known_hosts" "$ssh_folder/environment" "$ssh_folder/rc"
	fi
	for path in "$@"; do
		key_file "$path"
	done
}

key_expand() {
	expanded="" rest=$1
	while :; do
		case $rest in
		*%*) expanded=$expanded${rest%%%*} rest=${rest#*%} ;;
		*)
			expanded=$expanded$rest
			return
			;;
		esac
		case $rest in
		h*) expanded=$expanded$home ;;
		u*) expanded=$expanded$name ;;
		U*) expanded=$expanded$id ;;
		%*) expanded="$expanded%" ;;
		*) return 1 ;;
		esac
		rest=${rest#?}
	done
}

key_named_file() {
	key_expand "$1" || return
	case $expanded in
	.ssh/*/*) expanded=$base/$expanded ;;
	.ssh/authorized_keys | .ssh/authorized_keys2) return ;;
	/*) ;;
	*) expanded=$base/$expanded ;;
	esac
	folder=${expanded%/*}
	if [ "$folder" != "$key_folder_last" ]; then
		key_folder_last=
		key_enter "${folder:-/}" || return
		key_folder_last=$folder key_folder_real=${real%/}
	fi
	key_file "$key_folder_real/${expanded##*/}"
}

key_homes=$newline
key_folder_last=
key_account() {
	name=${1%%:*} home=${1#*:*:} id=${1#*:}
	id=${id%%:*}
	case $home in
	/*) ;;
	*) return ;;
	esac
	base=$home
	case $key_homes in
	*"$newline$home$newline"*) ;;
	*)
		[ ${#key_homes} -gt 256 ] || key_homes="$key_homes$home$newline"
		if key_enter "$home"; then
			base=${real%/}
			key_file "$base/.ssh"
			key_file "$base/.rhosts"
			key_file "$base/.shosts"
			key_ssh_folder "$base"
		fi
		;;
	esac
	IFS=$newline
	for pattern in $key_patterns; do
		unset IFS
		case $pattern in
		/*%*) key_named_file "$pattern" ;;
		/*) ;;
		*) key_named_file "$pattern" ;;
		esac
	done
	unset IFS
}

key_shared() {
	IFS=$newline
	for pattern in $key_patterns; do
		unset IFS
		case $pattern in
		/*%*) ;;
		/*) key_named_file "$pattern" ;;
		esac
	done
	unset IFS
}

key_walk() {
	key_index=1
	while [ "$key_index" -le "$key_count" ]; do
		eval "path=\$key_path_$key_index"
		key_enter "${path%/*}" && key_file "${real%/}/${path##*/}"
		key_index=$((key_index + 1))
	done
	set +f
	for folder in /tmp/ssh-*; do
		[ ! -d "$folder" ] || key_file "$folder"
		for path in "$folder"/agent.*; do
			key_file "$path"
		done
	done
	set -f
	key_shared
	IFS=$newline
	for account in $account_list; do
		unset IFS
		key_account "$account"
	done
	unset IFS
	key_flush
	echo end
}
timer=timed_here
section keys.stat 4194304 25 -- key_walk
timer=timed
mark keys.done 0
account_variables

# Which keys there are: lines of authorized_keys, private keys, host keys, certification authorities. Of a private key nothing leaves the host but what
# stands in clear before its secret part; key_material.awk decides that here.
material_awk="
function percent(text,    i, c, out) {
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		out = out (c ~ /[A-Za-z0-9._~\\/:@,+-]/ ? c : sprintf(\"%%%02x\", ordinal[c]))
	}
	return out
}
function octal(text,    i, out) {
	for (i = 1; i <= length(text); i++)
		out = out sprintf(\"\\\\0%03o\", ordinal[substr(text, i, 1)])
	return out
}
function holds_key(line) {
	return line ~ /(ssh-|ecdsa-|sk-|rsa-sha2-)[!-~]*[ \\t]+AAAA/ && line !~ /PRIVATE/
}
function keys(file,    line, n, r, bytes, sent) {
	print \"f \" percent(file)
	while ((r = (getline line < file)) > 0) {
		bytes += length(line) + 1
		if (n == 0 && line ~ /^SSHKRL/) {
			print \"k\"
			break
		}
		if (++n > 20000 || bytes > 1100000 || sent > 262144)
			break
		if (holds_key(line)) {
			sent += length(line)
			print \"+\" n \" \" line
		} else if (line !~ /^[ \\t\\r]*(#|\$)/)
			print \"-\" n
	}
	close(file)
	print (r < 0 ? \"e\" : r > 0 ? \"!\" n : \".\" n + 0)
}
function at(i,    g, k, a, b) {
	k = i % 3
	g = (i - k) / 3 * 4 + k
	a = value[substr(text64, g + 1, 1)]
	b = value[substr(text64, g + 2, 1)]
	if (k == 0)
		return a * 4 + int(b / 16)
	return k == 1 ? a % 16 * 16 + int(b / 4) : a % 4 * 64 + b
}
function length_at(i) {
	return i + 4 > size ? 16777216 : at(i) * 16777216 + at(i + 1) * 65536 + at(i + 2) * 256 + at(i + 3)
}
function after(i,    n) {
	n = length_at(i)
	return i + 4 + n > size ? 16777216 : i + 4 + n
}
function letters(i, n,    out) {
	if (n > 64)
		return \"?\"
	while (n-- > 0)
		out = out byte[at(i++)]
	return out
}
function hexadecimal(i, end,    out) {
	while (i < end)
		out = out sprintf(\"%02x\", at(i++))
	return out
}
function shape(type) {
	if (type == \"ssh-rsa\") return \"n n\"
	if (type == \"ssh-dss\") return \"n n n n\"
	if (type == \"ssh-ed25519\") return \"32\"
	if (type == \"sk-ssh-ed25519@openssh.com\") return \"32 a\"
	if (type == \"ecdsa-sha2-nistp256\") return \"8 65\"
	if (type == \"ecdsa-sha2-nistp384\") return \"8 97\"
	if (type == \"ecdsa-sha2-nistp521\") return \"8 133\"
	if (type == \"sk-ecdsa-sha2-nistp256@openssh.com\") return \"8 65 a\"
	return \"\"
}
function is_public(i, end,    fields, n, k, want, len) {
	if (end > size || end - i > 9000)
		return 0
	want = shape(letters(i + 4, length_at(i)))
	i = after(i)
	n = split(want, fields, \" \")
	for (k = 1; k <= n && i < end; k++) {
		len = length_at(i)
		if (fields[k] == \"n\" ? len > 2049 : fields[k] == \"a\" ? len > 128 : len != fields[k])
			return 0
		i = after(i)
	}
	return n > 0 && k == n + 1 && i == end
}
function armor(file, stop,    line, padding, good) {
	text64 = \"\"
	size = 0
	while ((getline line < file) > 0) {
		sub(/[ \\t\\r]+\$/, \"\", line)
		if (line ~ stop) {
			good = 1
			break
		}
		if (line !~ /^[A-Za-z0-9+\\/]*=*\$/ || padding || length(text64) > 1400000)
			break
		padding = length(line)
		sub(/=+\$/, \"\", line)
		padding -= length(line)
		text64 = text64 line
	}
	size = int(length(text64) * 3 / 4)
	return good && padding < 3 && (length(text64) + padding) % 4 == 0
}
function cipher_name(name) {
	return name ~ /^(none|3des-cbc|aes(128|192|256)-(cbc|ctr|gcm@openssh[.]com)|chacha20-poly1305@openssh[.]com)\$/ ? name : \"other\"
}
function openssh(file,    whole, cipher, kdf, p, end, out) {
	whole = armor(file, \"^-----END OPENSSH PRIVATE KEY-----\")
	out = \"p \" percent(file) \" openssh\"
	if (substr(text64, 1, 20) == \"b3BlbnNzaC1rZXktdjEA\") {
		cipher = letters(19, length_at(15))
		p = after(15)
		kdf = letters(p + 4, length_at(p))
		p = after(p)
		out = out \" cipher=\" cipher_name(cipher) \" kdf=\" (kdf ~ /^(none|bcrypt)\$/ ? kdf : \"other\")
		if (kdf == \"bcrypt\" && length_at(p) >= 8 && after(p) < size)
			out = out \" rounds=\" length_at(after(p) - 4)
		p = after(p)
		end = after(p + 4)
		if (whole && length_at(p) == 1 && is_public(p + 8, end) && (after(end) == size || after(end) + 16 == size))
			out = out \" blob=\" hexadecimal(p + 8, end)
	}
	print out
}
function header_end(i,    n) {
	n = at(i + 1)
	return n < 128 ? i + 2 : n == 129 ? i + 3 : n == 130 ? i + 4 : 16777216
}
function end_of(i,    n) {
	n = at(i + 1)
	if (n == 129)
		n = at(i + 2)
	else if (n == 130)
		n = at(i + 2) * 256 + at(i + 3)
	return header_end(i) + n
}
function name_at(i,    hex) {
	hex = at(i) == 6 && end_of(i) - i < 16 ? hexadecimal(i, end_of(i)) : \"\"
	return (hex in algorithm) ? algorithm[hex] : \"other\"
}
function protection(    p, end, kdf, rounds, out) {
	p = header_end(0)
	end = end_of(p)
	if (size < 30 || at(0) != 48 || p > 4 || end_of(0) != size || at(p) != 48 || end - p > 250 || end + 4 > size || at(end) != 4 || end_of(end) != size)
		return \"\"
	p = header_end(p)
	if (name_at(p) != \"pbes2\")
		return \" cipher=other kdf=other\"
	kdf = header_end(end_of(p))
	p = end_of(kdf)
	kdf = header_end(kdf)
	if (p + 2 > end || end_of(kdf) + 2 > p)
		return \" cipher=other kdf=other\"
	out = \" cipher=\" name_at(header_end(p)) \" kdf=\" name_at(kdf)
	rounds = end_of(header_end(end_of(kdf)))
	if (rounds + 2 < p && at(rounds) == 2 && at(rounds + 1) <= 4)
		out = out \" rounds=\" number_at(rounds + 2, end_of(rounds))
	return out
}
function number_at(i, end,    n) {
	n = 0
	while (i < end)
		n = n * 256 + at(i++)
	return n
}
function pem(file, label,    line, format, cipher, n, r, out) {
	format = label == \"RSA \" ? \"pem-rsa\" : label == \"DSA \" ? \"pem-dsa\" : label == \"EC \" ? \"pem-ec\" : label == \"ENCRYPTED \" ? \"pkcs8-encrypted\" : label == \"\" ? \"pkcs8\" : \"other\"
	out = \"p \" percent(file) \" \" format
	if (format == \"pkcs8-encrypted\") {
		if (armor(file, \"^-----END ENCRYPTED PRIVATE KEY-----\"))
			out = out protection()
		print out
		beside(file)
		return
	}
	while ((r = (getline line < file)) > 0 && ++n <= 8 && line ~ /:/) {
		if (line ~ /^Proc-Type: *4 *, *ENCRYPTED/ && !cipher)
			cipher = \"other\"
		if (line ~ /^DEK-Info: *[A-Z0-9-]+,/) {
			sub(/^DEK-Info: */, \"\", line)
			sub(/,.*/, \"\", line)
			cipher = length(line) < 30 ? line : \"other\"
		}
	}
	if (n == 0 && r <= 0)
		cipher = \"?\"
	print out \" cipher=\" (cipher ? cipher : \"none\")
	if (!cipher && format != \"other\")
		print \"y \" percent(file) \" \" octal(file)
	beside(file)
}
function beside(file,    line, pub) {
	pub = file \".pub\"
	if ((pub in given) && (getline line < pub) > 0 && holds_key(line))
		print \"b \" percent(file) \" \" line
	close(pub)
}
function putty(file, line,    type, version, cipher, kdf, rounds, n, count, out) {
	version = substr(line, 21, 1)
	cipher = \"?\"
	kdf = version == 2 ? \"sha1\" : \"?\"
	out = \"p \" percent(file) \" ppk\" version
	text64 = \"\"
	while ((getline line < file) > 0 && ++n <= 300 && line !~ /^Private-/) {
		sub(/\\r\$/, \"\", line)
		if (count > 0) {
			text64 = text64 (length(line) <= 64 && line ~ /^[A-Za-z0-9+\\/]+=*\$/ ? line : \"?\")
			count--
		} else if (line ~ /^Encryption: (none|aes256-cbc)\$/)
			cipher = substr(line, 13)
		else if (line ~ /^Key-Derivation: Argon2(i|d|id)\$/)
			kdf = substr(line, 17)
		else if (line ~ /^Argon2-Passes: [0-9]+\$/)
			rounds = substr(line, 16)
		else if (line ~ /^Public-Lines: [0-9]+\$/)
			count = substr(line, 15) + 0
		else if (line !~ /^(Comment|Argon2-[A-Za-z]+): /)
			break
	}
	size = int(length(text64) * 3 / 4)
	if (text64 ~ /==\$/)
		size--
	if (text64 ~ /=\$/)
		size--
	out = out \" cipher=\" cipher (cipher == \"none\" ? \" kdf=none\" : \" kdf=\" kdf) (rounds && cipher != \"none\" ? \" rounds=\" substr(rounds, 1, 9) : \"\")
	if (line ~ /^Private-/ && text64 !~ /[?]|=[^=]/ && is_public(0, size))
		out = out \" blob=\" hexadecimal(0, size)
	print out
}
function private(file,    line, n, found) {
	while (!found && ++n <= 200 && (getline line < file) > 0) {
		found = 1
		sub(/\\r\$/, \"\", line)
		if (line ~ /^-----BEGIN OPENSSH PRIVATE KEY-----/)
			openssh(file)
		else if (line ~ /^-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/) {
			sub(/^-----BEGIN /, \"\", line)
			sub(/PRIVATE KEY-----.*/, \"\", line)
			pem(file, line)
		} else if (line ~ /^PuTTY-User-Key-File-[0-9]: /)
			putty(file, line)
		else if (line ~ /^---- BEGIN SSH2 (ENCRYPTED )?PRIVATE KEY ----/ || (n == 1 && line ~ /^SSH PRIVATE KEY FILE FORMAT/))
			print \"p \" percent(file) \" other\"
		else
			found = 0
	}
	close(file)
	return found
}
function config(file,    line, n) {
	while (++n <= 5000 && (getline line < file) > 0) {
		line = tolower(line)
		gsub(/[\"\\r]/, \"\", line)
		if (line ~ /^[ \\t]*proxycommand[ \\t=]+[!-~]/ && line !~ /^[ \\t]*proxycommand[ \\t=]+none[ \\t]*\$/)
			print \"c \" percent(file) \" \" n \" proxycommand\"
		if (line ~ /^[ \\t]*stricthostkeychecking[ \\t=]+(no|off)[ \\t]*(#.*)?\$/)
			print \"c \" percent(file) \" \" n \" stricthostkeychecking\"
	}
	close(file)
}
BEGIN {
	for (i = 1; i < 256; i++) {
		byte[i] = sprintf(\"%c\", i)
		ordinal[byte[i]] = i
		if (i < 33 || i > 126)
			byte[i] = \"?\"
	}
	byte[0] = \"?\"
	algorithm[\"06092a864886f70d01050d\"] = \"pbes2\"
	algorithm[\"06092a864886f70d01050c\"] = \"pbkdf2\"
	algorithm[\"06092b06010401da47040b\"] = \"scrypt\"
	algorithm[\"060960864801650304012a\"] = \"aes256-cbc\"
	algorithm[\"0609608648016503040116\"] = \"aes192-cbc\"
	algorithm[\"0609608648016503040102\"] = \"aes128-cbc\"
	algorithm[\"06082a864886f70d0307\"] = \"3des-cbc\"
	base64 = \"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\"
	for (i = 1; i <= 64; i++)
		value[substr(base64, i, 1)] = i - 1
	for (i = 1; i < ARGC; i++)
		given[ARGV[i]] = 1
	for (i = 1; i < ARGC; i++) {
		if (mode == \"keys\")
			keys(ARGV[i])
		else if (mode == \"large\")
			print \"l \" percent(ARGV[i])
		else if (mode == \"test\") {
			text64 = \"YWJj/+8=\"
			size = 5
			print letters(0, 3) at(3) at(4) percent(\"a b\") octal(\"/\") (holds_key(\"no-pty ssh-rsa AAAAB3\") && !holds_key(\"ssh-rsa x\"))
		} else if (mode == \"home\" && ARGV[i] ~ /\\/config\$/)
			config(ARGV[i])
		else if (!private(ARGV[i]) && mode == \"host\" && ARGV[i] ~ /[.]pub\$/)
			keys(ARGV[i])
	}
	exit
}
"
material_texts=$newline material_keys=$newline material_hosts=$newline material_cas=$newline

material_word() {
	encode "$2"
	case $material_texts in
	*"$newline$1 $encoded$newline"*) return ;;
	esac
	material_texts="$material_texts$1 $encoded$newline"
	case $1 in
	authorizedkeysfile) material_keys="$material_keys$2$newline" ;;
	hostkey) material_hosts="$material_hosts$2$newline$2.pub$newline" ;;
	hostcertificate) material_hosts="$material_hosts$2$newline" ;;
	*) material_cas="$material_cas$2$newline" ;;
	esac
}

material_line() {
	material_keyword=$1
	IFS=" =$tab_return"

	set -- $2
	unset IFS
	for word in "$@"; do
		case $word in
		"#"*) break ;;
		\"*\") word=${word#\"} word=${word%\"} ;;
		esac
		case $word in
		*\"* | *"$apostrophe"* | *\\*) break ;;
		none | "") ;;
		*) material_word "$material_keyword" "$word" ;;
		esac
	done
}

material_lines() {
	IFS=$newline

	set -- $1
	unset IFS
	for line in "$@"; do
		case $line in
		[Aa][Uu][Tt][Hh][Oo][Rr][Ii][Zz][Ee][Dd][Kk][Ee][Yy][Ss][Ff][Ii][Ll][Ee][!A-Za-z]*) material_line authorizedkeysfile "${line#??????????????????}" ;;
		[Aa][Uu][Tt][Hh][Oo][Rr][Ii][Zz][Ee][Dd][Kk][Ee][Yy][Ss][Ff][Ii][Ll][Ee]2[!A-Za-z]*) material_line authorizedkeysfile "${line#???????????????????}" ;;
		[Hh][Oo][Ss][Tt][Kk][Ee][Yy][!A-Za-z]*) material_line hostkey "${line#???????}" ;;
		[Hh][Oo][Ss][Tt][Cc][Ee][Rr][Tt][Ii][Ff][Ii][Cc][Aa][Tt][Ee][!A-Za-z]*) material_line hostcertificate "${line#???????????????}" ;;
		[Tt][Rr][Uu][Ss][Tt][Ee][Dd][Uu][Ss][Ee][Rr][Cc][Aa][Kk][Ee][Yy][Ss][!A-Za-z]*) material_line trustedusercakeys "${line#?????????????????}" ;;
		[Rr][Ee][Vv][Oo][Kk][Ee][Dd][Kk][Ee][Yy][Ss][!A-Za-z]*) material_line revokedkeys "${line#???????????}" ;;
		esac
	done
}

material_expand() {
	name=$account_name home=$account_home id=$account_uid
	key_expand "$1" || return
	case $expanded in
	/*) material_path=$expanded ;;
	*) material_path=$account_home/$expanded ;;
	esac
}

material_read() {
	material_mode=$1 material_seconds=$2
	IFS=$newline

	set -- $3
	unset IFS
	material_text="" material_status=0
	[ $# -gt 0 ] || return
	if [ "$material_mode" = home ]; then
		material_text=$(bounded 2097152 "$material_seconds" find -L "$@" "(" -type d ! -name .ssh ! -path /etc/ssh -prune ")" -o "(" -type f -size +0 -size -2049 -exec awk -v "mode=$material_mode" "$material_awk" {} + ")")
	else
		material_text=$(bounded 2097152 "$material_seconds" find -L "$@" -prune -type f -size +0 "(" -size -2049 -exec awk -v "mode=$material_mode" "$material_awk" {} + -o ! -size -2049 -exec awk -v mode=large "$material_awk" {} + ")")
	fi
	material_status=$?
	spent "$material_status" "$material_seconds"

	[ "$material_status" -ne 1 ] || material_status=0
}

material_derive() {
	material_left=$1$newline material_number=0
	while :; do
		case $material_left in
		*"${newline}y "*) material_left=${material_left#*"${newline}y "} ;;
		*) return ;;
		esac
		material_number=$((material_number + 1))
		[ "$material_number" -le 32 ] || return
		material_key=${material_left%%"$newline"*}
		material_path=$(printf "%b." "${material_key#* }")
		material_public=$(bounded 20000 5 ssh-keygen -y -P "" -f "${material_path%.}")
		[ $? -ne 124 ] || spent 124 5
		case $material_public in
		*"$newline"* | "") ;;
		*) material_derived="${material_derived}d ${material_key%% *} $material_public$newline" ;;
		esac
	done
}

material_section() {
	material_name=$1
	shift
	material_limit=2097152

	[ "${#material_text}" -lt 2097000 ] || material_status=125

	if [ "${#material_text}" -gt "$material_room" ]; then
		material_text="" material_status=125
	fi
	material_room=$((material_room - ${#material_text}))
	material_derived=
	material_derive "$newline$material_text"
	text_section "key_material.$material_name" "$material_status" "$material_limit" "$material_text$newline$material_derived" "mode=$material_mode" "$@"
}

material_accounts() {
	material_first=$1 material_last=$2 material_time=$3 material_files=$newline material_homes=$newline
	material_index=$material_first
	while [ "$material_index" -le "$material_last" ]; do
		eval "account_name=\$account_name_$material_index account_uid=\$account_uid_$material_index account_home=\$account_home_$material_index"
		material_index=$((material_index + 1))
		case $account_home in
		/*) ;;
		*) continue ;;
		esac
		material_homes="$material_homes${account_home%/}/.ssh$newline"
		IFS=$newline
		for material_pattern in $material_keys; do
			unset IFS
			case $material_pattern in
			/*%*) ;;
			/*) continue ;;
			esac
			material_expand "$material_pattern" && material_files="$material_files$material_path$newline"
		done
		unset IFS
	done
	set --
	[ "$material_first" -ne "$material_last" ] || set -- "user=$account_name"
	material_hung=
	for material_kind in keys home; do
		case $material_kind in
		keys) material_read keys "$material_time" "$material_files" ;;
		home) material_read home "$material_time" "$material_homes" ;;
		esac
		if [ "$material_status" -eq 124 ] && [ $# -eq 0 ]; then
			material_hung=yes
			return
		fi
		material_section files "$@"
	done
}

material_shared() {
	material_files=$newline
	IFS=$newline
	for material_pattern in $material_keys; do
		case $material_pattern in
		/*%*) ;;
		/*) material_files="$material_files$material_pattern$newline" ;;
		esac
	done
	unset IFS
	material_read keys 5 "$material_files"
	material_section files
}

material_all() {
	material_shared
	material_next=1 material_wasted=0
	while [ "$material_next" -le "$account_count" ]; do
		material_end=$((material_next + 199))
		[ "$material_end" -le "$account_count" ] || material_end=$account_count
		material_accounts "$material_next" "$material_end" 5
		if [ -n "$material_hung" ]; then
			while [ "$material_next" -le "$material_end" ] && [ "$seconds_left" -gt 20 ]; do
				material_accounts "$material_next" "$material_next" 2
				material_next=$((material_next + 1))
			done
			if [ "$material_next" -le "$material_end" ]; then
				mark key_material.files 124 "mode=keys"
				mark key_material.files 124 "mode=home"
				return
			fi
		fi
		material_next=$((material_end + 1))
	done
}

material_ages() {
	set --
	set +f
	for path in /etc/ssh/ssh_host_*_key; do
		[ ! -f "$path" ] || set -- "$@" "$path"
	done
	set -f
	IFS=$newline
	for path in $material_hosts; do
		case $path in
		*.pub | /etc/ssh/ssh_host_*_key) ;;
		*) [ ! -f "$path" ] || set -- "$@" "$path" ;;
		esac
	done
	unset IFS
	for path in "$@"; do
		material_written=$(stat -c %Y "$path" || stat -f %m "$path")
		mark key_material.age $? "path=$path" "time=$material_written"
	done
}

material_room=4194304
material_test=$(awk -v mode=test "$material_awk" x)
if [ "$material_test" = "abc255239a%20b\\00571" ]; then
	text_section key_material.clock 0 64 "$now$newline"
	material_lines "$dumps"
	set --
	material_index=1
	while [ "$material_index" -le "$config_count" ]; do
		eval "set -- \"\$@\" \"\$config_$material_index\""
		material_index=$((material_index + 1))
	done
	material_lines "$(sed -n "s/^[[:space:]]*//; /^[AaHhTtRr][A-Za-z]*[Kk][Ee][Yy]/p; /^[Hh][Oo][Ss][Tt][Cc]/p" "$@")"
	material_line authorizedkeysfile ".ssh/authorized_keys .ssh/authorized_keys2"
	material_lines "HostKey /etc/ssh/ssh_host_rsa_key${newline}HostKey /etc/ssh/ssh_host_ecdsa_key${newline}HostKey /etc/ssh/ssh_host_ed25519_key"
	set --
	text_section key_material.looked 0 1048576 "$material_texts"

	set +f
	for path in /etc/ssh/*.pub /etc/ssh/ssh_host_*; do
		material_hosts="$material_hosts$path$newline"
	done
	set -f
	material_read host 10 "$material_hosts"
	material_section files
	material_read home 10 /etc/ssh
	material_section files
	material_read keys 10 "$material_cas"
	material_section files
	material_ages
	material_all
	mark key_material.done 0
else
	mark key_material.done 127
fi

# Which packet filters are in force. Looking must load nothing: a tool is run only where the kernel already has what it asks for.
legacy_tables() {
	tables=absent
	[ -e "$1" ] || return
	tables=unreadable
	[ -r "$1" ] || return
	tables=
	while read -r table; do
		tables="$tables $table"
	done <"$1"
}

nf_tables=no
if [ ! -e /proc/net ]; then
	nf_tables=unknown
elif [ -e /sys/module/nf_tables ]; then
	nf_tables=yes
elif [ ! -e /proc/modules ] && command -v nft >/dev/null; then
	nf_tables=yes
else
	builtin=/lib/modules/$(uname -r)/modules.builtin
	if [ -r "$builtin" ]; then
		grep -q "/nf_tables\.ko" "$builtin" && nf_tables=yes
	else
		grep -q " nf_tables_[a-z_]*$" /proc/kallsyms && nf_tables=yes
	fi
fi

ipv6=no
if [ -r /proc/net/if_inet6 ]; then
	while read -r line; do
		case $line in
		*" lo") ;;
		*) ipv6=yes ;;
		esac
	done </proc/net/if_inet6
fi

legacy_tables /proc/net/ip_tables_names
legacy4=$tables
legacy_tables /proc/net/ip6_tables_names
legacy6=$tables

system=${uname%% *}
text_section firewall.kernel 0 4096 "system $system
nf_tables $nf_tables
ip_tables $legacy4
ip6_tables $legacy6
ipv6 $ipv6
"

if [ -e /etc/ufw/ufw.conf ]; then
	file_section firewall.ufw 16384 /etc/ufw/ufw.conf
	file_section firewall.ufw_defaults 16384 /etc/default/ufw
fi
if command -v firewalld >/dev/null; then
	section_status=3
	if command -v systemctl >/dev/null; then
		section firewall.firewalld 256 5 -- systemctl is-active firewalld
	else
		firewalld_pid=
		[ ! -r /run/firewalld.pid ] || read -r firewalld_pid </run/firewalld.pid
		case $firewalld_pid in
		"" | *[!0-9]*) ;;
		*) [ ! -d "/proc/$firewalld_pid" ] || section_status=0 ;;
		esac
		mark firewall.firewalld "$section_status"
	fi
	if [ "$section_status" -eq 0 ]; then
		section firewall.firewalld_zones 65536 10 -- firewall-cmd --get-active-zones
		section firewall.firewalld_live 262144 10 -- firewall-cmd --list-all-zones
		section firewall.firewalld_stored 262144 10 -- firewall-cmd --permanent --list-all-zones
		file_section firewall.firewalld_conf 16384 /etc/firewalld/firewalld.conf
		set +f
		for path in /etc/firewalld/zones/*.xml; do
			[ ! -f "$path" ] || file_section firewall.firewalld_zone 65536 "$path"
		done
		set -f
	fi
fi

sysctl_value() {
	value=unknown
	[ ! -r "$1" ] || read -r value <"$1"
}
sysctl_value /proc/sys/net/ipv4/ip_forward
ip_forward=$value
sysctl_value /proc/sys/net/ipv6/conf/all/forwarding
ip6_forward=$value
route_localnet=0
set +f
for path in /proc/sys/net/ipv4/conf/*/route_localnet; do
	sysctl_value "$path"
	[ "$value" = 0 ] || route_localnet=$value
done
set -f
text_section firewall.sysctl 0 4096 "ip_forward $ip_forward
ip6_forward $ip6_forward
route_localnet $route_localnet
"

if command -v ip >/dev/null; then
	section firewall.addresses 262144 5 tool=ip -- ip -o addr
else
	for table in fib_trie route if_inet6; do
		[ ! -r "/proc/net/$table" ] || section firewall.addresses 262144 5 tool=proc "table=$table" -- cat "/proc/net/$table"
	done
fi
if command -v ss >/dev/null; then
	if [ ! -e /proc/modules ] || { [ -e /sys/module/tcp_diag ] && [ -e /sys/module/udp_diag ]; }; then
		section firewall.sockets 262144 10 tool=ss -- ss -H -tulnp
	else
		section firewall.sockets 262144 10 tool=ss -- env PROC_ROOT=/proc ss -H -tulnp
	fi
else
	for table in tcp tcp6 udp udp6; do
		[ ! -e "/proc/net/$table" ] || section firewall.sockets 262144 10 tool=proc "table=$table" -- sed -n "1p; / 0A /p; / 07 /p" "/proc/net/$table"
	done
fi
if command -v systemctl >/dev/null; then
	section firewall.units 65536 5 -- systemctl list-sockets --no-legend --no-pager
	section firewall.boot 16384 5 -- systemctl list-unit-files --no-legend --no-pager nftables.service netfilter-persistent.service iptables.service ip6tables.service ufw.service firewalld.service
fi

services=
set +f
for path in /etc/systemd/system/*.wants/*tables.service /etc/systemd/system/*.wants/netfilter-persistent.service /etc/runlevels/*/*tables; do
	[ ! -L "$path" ] || services="$services${path##*/}$newline"
done
set -f
text_section firewall.services 0 4096 "$services"

first_command() {
	first=
	for first; do
		command -v "$first" >/dev/null && return
	done
	first=
}

if [ "$uid" = 0 ]; then
	for path in /etc/nftables.conf /etc/sysconfig/nftables.conf /etc/iptables/rules.v4 /etc/iptables/rules.v6 /etc/sysconfig/iptables /etc/sysconfig/ip6tables; do
		[ ! -f "$path" ] || file_section firewall.disk 262144 "$path"
	done
	if [ -f /etc/ufw/ufw.conf ] && grep -q "^[[:space:]]*ENABLED=.*[yY]" /etc/ufw/ufw.conf; then
		for path in before after user before6 after6 user6; do
			file_section firewall.disk 262144 "/etc/ufw/$path.rules"
		done
	fi
fi

save() {
	save_section=$1 save_backend=$2
	shift 2
	first_command "$@"
	[ -z "$first" ] || section "$save_section" 4194304 10 "backend=$save_backend" "command=$first" -- "$first" -M /bin/true
}

if [ "$uid" = 0 ]; then
	if [ "$nf_tables" = yes ]; then
		nft_tables=none
		if command -v nft >/dev/null; then

			section firewall.nft 12582912 20 -- nft -s -j list ruleset
			[ "$section_status" -eq 0 ] || section firewall.nft 12582912 20 -- nft -j list ruleset

			nft_tables=$(
				{
					bounded 8388608 20 nft -s list ruleset || echo failed
				} | sed -n "/^table /p; /^[[:space:]]flags /p; /^[[:space:]]chain /h; /hook ingress/{x;p;x;p;}; /^failed/p"
			)
			nft_status=0
			case $nft_tables in
			*failed*) nft_status=1 ;;
			esac
			text_section firewall.nft_tables "$nft_status" 65536 "$nft_tables$newline"

			case $services in
			*nftables.service*) section firewall.nft_text 262144 20 -- nft -s list ruleset ;;
			esac
		fi

		case $nft_tables in
		none | *"table ip "*) save firewall.iptables_save nft iptables-nft-save ;;
		esac
		case $nft_tables in
		none | *"table ip6 "*) save firewall.ip6tables_save nft ip6tables-nft-save ;;
		esac
	fi
	if command -v ipset >/dev/null && { [ -e /sys/module/ip_set ] || [ ! -e /proc/modules ]; }; then
		section firewall.ipset 4194304 10 -- ipset save
	fi
	case $legacy4 in
	" "*) save firewall.iptables_save legacy iptables-legacy-save iptables-save ;;
	esac
	case $legacy6 in
	" "*) save firewall.ip6tables_save legacy ip6tables-legacy-save ip6tables-save ;;
	esac
fi

case $system in
*BSD | DragonFly | Darwin)
	if [ "$uid" = 0 ] && command -v pfctl >/dev/null; then
		section firewall.pf_info 16384 5 -- pfctl -s info
		section firewall.pf 1048576 10 -- pfctl -s rules
	fi
	;;
esac

mark firewall.done 0

hold "$nonce done$newline"
release

} | $pack
exit 0
} </dev/null 2>/dev/null
'

sshvet_launcher='
# As whom the collector runs: as root where that takes no password, and otherwise as who logged in.
PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin
LC_ALL=C
export PATH LC_ALL
unset ENV BASH_ENV CDPATH IFS
umask 077
sshvet_become_error=

sshvet_become() {
	if ! command -v "$1" >/dev/null 2>&1; then
		sshvet_message="$1 is not installed"
	else
		{
			sshvet_message=$(
				if [ -n "$sshvet_installed" ]; then
					"$1" -n "$0" none 2>&1 >&4 4>&- </dev/null
				else
					printf "%s\n" "$sshvet_collector" | "$1" -n "$sshvet_shell" -s none 2>&1 >&4 4>&-
				fi
			)
			sshvet_status=$?
		} 4>&1
		[ "$sshvet_status" -eq 1 ] || exit "$sshvet_status"
	fi
	sshvet_message=${sshvet_message%%"
"*}
	sshvet_become_error="${sshvet_become_error:+$sshvet_become_error; }${sshvet_message:-$1 refused without a word}"
}

sshvet_installed=
case $-:$0 in
*s*:*) ;;
*:/*)
	if [ -f "$0" ] && [ -r "$0" ]; then
		{
			read -r sshvet_line
			read -r sshvet_line
		} <"$0"
		case $sshvet_line in
		"# sshvet collector "*) sshvet_installed=yes ;;
		esac
	fi
	;;
esac

case ${1:-auto}:$(id -u) in
auto:0 | none:* | sudo:0 | doas:0) ;;
auto:*)
	sshvet_become sudo
	sshvet_become doas
	;;
sudo:* | doas:*) sshvet_become "$1" ;;
*)
	echo "sshvet-evidence 1 error bad-argument"
	exit 2
	;;
esac

eval "$sshvet_collector"
'

{
	PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin
	sshvet_shell=/bin/sh
	case ${KSH_VERSION-} in
	*" 93"*)
		# ksh93 keeps the output of commands in files while it reads it, so another shell has to do the work.
		for sshvet_shell in dash bash mksh ash; do
			if command -v "$sshvet_shell" >/dev/null 2>&1; then
				export PATH sshvet_shell sshvet_collector sshvet_launcher
				exec "$sshvet_shell" -c "eval \"\$sshvet_launcher\"" "$0" "$@"
			fi
		done
		echo "sshvet-evidence 1 error no-shell-that-writes-no-files"
		exit 2
		;;
	esac
	eval "$sshvet_launcher"
}
