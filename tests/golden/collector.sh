#!/bin/sh
# sshvet collector 0.1.0: looks, read-only, at how this host is secured and prints what it found on standard output.
#
#   sh -s [auto|none|sudo|doas] <collector     how sshvet runs it: nothing is stored on the host
#   /usr/local/sbin/sshvet-collector           installed, as the forced command of an audit key
#
# It creates, changes and loads nothing. All of it is quoted text and one group of commands: cut short, it does not run.

sshvet_collector='
{
# What every part of the collector uses: the environment, the frames around what is found, bounds on size and time.

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

	set -- $(head -c 16 /dev/urandom | hex)
	IFS=
	nonce="$*"
	unset IFS
	case $nonce in
	*[!0-9a-f]*) nonce= ;;
	esac
	[ ${#nonce} -eq 32 ]
}

# Print $1 as it is. A command of its own could not take more than 128 kB, and mksh has no other printf.
case ${KSH_VERSION-} in
*MIRBSD* | *LEGACY*) put() { print -rn -- "$1"; } ;;
*) put() { printf "%s" "$1"; } ;;
esac

# Percent-encode $1 into $encoded.
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

# section_begin NAME [name=value ...] [-- ...]
section_begin() {
	frame="$nonce begin $1"
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		encode "${1#*=}"
		frame="$frame ${1%%=*}=$encoded"
		shift
	done
	printf "%s\n" "$frame"
}

# section_end NAME STATUS
section_end() { printf "\n%s end %s %s\n" "$nonce" "$1" "$2"; }

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
	put "$text"
	section_end "$text_name" "$text_status"
}

# A section with the bytes of a regular file: file_section NAME LIMIT PATH [name=value ...]
file_section() {
	file_name=$1 file_limit=$2 file_path=$3
	shift 3
	section_begin "$file_name" "limit=$file_limit" "path=$file_path" "$@"
	file_status=1
	[ -f "$file_path" ] && head -c "$file_limit" "$file_path" && file_status=0
	section_end "$file_name" "$file_status"
}

# Run a command for at most $1 seconds. 124 when its time ran out; in all, commands may waste no more than $seconds_left.
seconds_left=45
if timeout 5 true; then
	timed() { timeout "$@"; }
elif timeout -t 5 true; then
	timed() { timeout -t "$@"; }
else
	timed() {
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
fi

# bounded LIMIT SECONDS COMMAND ...: at most LIMIT bytes of its output, and of its messages where $merge says so; returns its exit
# status. Where $filter is set, sed does that to the output first.
merge=
filter=
bounded() {
	bounded_limit=$1 bounded_seconds=$2
	shift 2
	[ "$seconds_left" -gt 0 ] || return 124
	{
		bounded_status=$(
			{
				{
					if [ -n "$merge" ]; then
						timed "$bounded_seconds" "$@" 2>&1 3>&- 4>&-
					else
						timed "$bounded_seconds" "$@" 3>&- 4>&-
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

# Who runs this, and by what way.
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

if ! make_nonce; then
	echo "sshvet-evidence 1 error no-nonce"
	exit 2
fi
printf "sshvet-evidence 1 %s\n" "$nonce"
mark collector 0 "version=0.1.0" "uid=$uid" "user=$user" "login=$login" "become=$become" "become_error=${sshvet_become_error-}"

# What the host is: the operating system, the kernel, the version of OpenSSH.

for path in /etc/os-release /usr/lib/os-release; do
	if [ -e "$path" ]; then
		file_section host.os_release 16384 "$path"
		break
	fi
done

text=$(uname -srm)
text_section host.uname $? 1024 "$text"

# The usage message of every release has its version; what -V prints lacks the patch level, and older ones have no -V.
sshd=$(command -v sshd)
merge=yes
text=
[ -z "$sshd" ] || text=$(bounded 4096 5 "$sshd" "-?")
case $text in
*OpenSSH_*) text_section host.openssh 0 4096 "$text" "command=sshd" ;;
*) section host.openssh 4096 5 "command=ssh" -- ssh -V ;;
esac
merge=

# How sshd is configured: its own account of it, and the files, which tell where each value comes from.

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

# Which accounts there are. Of passwords only what they amount to: none of them, and no hash, leaves the host.

# A database, from wherever this host has it; from its file when nothing else answers: account_database passwd|group FILTER
account_database() {
	filter=$2
	account_status=127
	if command -v getent >/dev/null; then
		account_text=$(bounded 1048576 10 getent "$1")
		account_status=$?
		spent "$account_status" 10
		[ "$account_status" -eq 0 ] || mark "accounts.$1" "$account_status" "source=getent"
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
# The second field: x (it is elsewhere), nothing, ! or * (no password fits), and p for a hash.
account_database passwd "s/^\([^:]*\):x:/&/
t
s/^\([^:]*\)::/&/
t
s/^\([^:]*\):\([!*]\)[^:]*:/\1:\2:/
t
s/^\([^:]*\):[^:]*:/\1:p:/
t
s/.*/?/"

section accounts.shadow 1048576 10 -- awk -F : -v "now=$(date +%s)" "{
	kind = \"set\"
	if (\$2 == \"\") kind = \"empty\"
	if (substr(\$2, 1, 1) == \"!\") kind = \"locked\"
	if (substr(\$2, 1, 1) == \"*\") kind = \"none\"
	print \$1 \":\" kind \":\" (\$8 + 0 > 0 && now / 86400 >= \$8 + 1 ? \"expired\" : \"\")
}" /etc/shadow

account_sources=$(sed -n "s/^[[:space:]]*passwd[[:space:]]*://p" /etc/nsswitch.conf)
text_section accounts.sources 0 4096 "$account_sources$newline"

# For the parts that follow: account_count, and account_name_N, account_uid_N, account_home_N from 1 on.
account_count=0
account_add() {
	account_count=$((account_count + 1))
	account_fields=${1#*:*:}
	account_rest=${1%:*}
	eval "account_name_$account_count=\${1%%:*} account_uid_$account_count=\${account_fields%%:*} account_home_$account_count=\${account_rest##*:}"
}

IFS=$newline

set -- $account_text
unset IFS
account_text=
for line in "$@"; do
	case $line in
	*:*:*:*:*:*:*) [ "$account_count" -ge 10000 ] || account_add "$line" ;;
	esac
done
set --
mark accounts.done 0 "count=$account_count"

# Who may read, replace or use the keys of this host and of the account that logged in.

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

# One file: the second line is what a symbolic link leads to.
key_stat_one() {
	section_begin keys.file "limit=4096" "path=$2" "kind=$1" "tool=$stat_tool"
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

# All files: one call where that gives exactly one line for each of them, else one by one.
key_stat_all() {
	set --
	key_index=1
	while [ "$key_index" -le "$key_count" ]; do
		eval "set -- \"\$@\" \"\$key_path_$key_index\""
		key_index=$((key_index + 1))
	done
	[ $# -gt 0 ] || return
	stat_format="%f %u %g %U:%G"
	stat_tool=stat
	lines=$(stat -c "$stat_format" "$@")
	key_index=0
	IFS=$newline

	set -- $lines
	unset IFS
	if [ $# -ne "$key_count" ]; then
		set --
		if stat -c %f / >/dev/null; then
			stat_tool=stat
		elif stat -f %Xp / >/dev/null; then
			stat_tool=bsd
		else
			stat_tool="ls"
		fi
	fi
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
}

# Whether the absence of a file in a folder can be believed.
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
set -f

# Only sudo and doas hide where the account that logged in lives. A name that is not plain is not expanded.
home=${HOME-}
if [ "$become" != none ]; then
	case $login in
	"" | *[!A-Za-z0-9._-]* | -*) home= ;;
	*) eval "home=~$login" ;;
	esac
fi
case $home in
/*)
	mark keys.login 0 "user=$login" "home=$home"
	key_add login_ssh_directory "$home/.ssh"
	key_folder "$home/.ssh" login
	;;
*)
	mark keys.login 1 "user=$login"
	home=
	;;
esac

# AuthorizedKeysFile: %h, %u and %% at most once each, which is what is in use; anything else is said to be not understood.
key_authorized() {
	path=$1
	case $path in
	"%h"*) path=$home${path#%h} ;;
	esac
	case $path in
	*%u*) path=${path%%%u*}$login${path#*%u} ;;
	esac
	case $path in
	*%*) mark keys.file 3 "path=$1" "kind=login_authorized_keys" ;;
	/*) key_add login_authorized_keys "$path" ;;
	*) key_add login_authorized_keys "$home/$path" ;;
	esac
}

authorized=".ssh/authorized_keys .ssh/authorized_keys2"
IFS=$newline

set -- $dump
unset IFS
for line in "$@"; do
	case $line in
	[Hh][Oo][Ss][Tt][Kk][Ee][Yy]" /"*)
		key_add host_private_key "${line#* }"
		key_add host_public_key "${line#* }.pub"
		;;
	[Aa][Uu][Tt][Hh][Oo][Rr][Ii][Zz][Ee][Dd][Kk][Ee][Yy][Ss][Ff][Ii][Ll][Ee]" "*) authorized=${line#* } ;;
	esac
done
if [ -n "$home" ] && [ "$authorized" != none ]; then
	for path in $authorized; do
		key_authorized "$path"
	done
fi

key_stat_all
mark keys.done 0

# Which packet filters are in force. Looking must load nothing: a tool is run only where the kernel already has what it asks for.

# The tables of legacy iptables: their names, "absent" when the kernel has none, "unreadable" for anybody but root.
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

# Whether the kernel has nf_tables. Where it cannot load modules, asking can load none.
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

# IPv6 counts as up once an interface other than the loopback has an address.
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

system=$(uname -s)
text_section firewall.kernel 0 4096 "system $system
nf_tables $nf_tables
ip_tables $legacy4
ip6_tables $legacy6
ipv6 $ipv6
"

# A manager is what an administrator should change; the rules in force are read below.
[ -e /etc/ufw/ufw.conf ] && file_section firewall.ufw 16384 /etc/ufw/ufw.conf
if command -v firewalld >/dev/null; then
	if command -v systemctl >/dev/null; then
		section firewall.firewalld 256 5 -- systemctl is-active firewalld
	else
		firewalld_pid=
		[ ! -r /run/firewalld.pid ] || read -r firewalld_pid </run/firewalld.pid
		case $firewalld_pid in
		"" | *[!0-9]*) mark firewall.firewalld 3 ;;
		*) if [ -d "/proc/$firewalld_pid" ]; then mark firewall.firewalld 0; else mark firewall.firewalld 3; fi ;;
		esac
	fi
fi

# Services that load rules at start.
services=
set +f
for path in /etc/systemd/system/*.wants/*tables.service /etc/systemd/system/*.wants/netfilter-persistent.service /etc/runlevels/*/*tables; do
	[ ! -L "$path" ] || services="$services${path##*/}$newline"
done
set -f
text_section firewall.services 0 4096 "$services"

# The first of these commands that is installed, else nothing.
first_command() {
	first=
	for first; do
		command -v "$first" >/dev/null && return
	done
	first=
}

# save SECTION BACKEND COMMAND ...: the rules as iptables-save prints them. It must not call modprobe, which -M sees to.
save() {
	save_section=$1 save_backend=$2
	shift 2
	first_command "$@"
	[ -z "$first" ] || section "$save_section" 1048576 10 "backend=$save_backend" "command=$first" -- "$first" -M /bin/true
}

if [ "$uid" = 0 ]; then
	if [ "$nf_tables" = yes ]; then
		nft_tables=none
		if command -v nft >/dev/null; then
			# Without the elements of named sets where nft can leave them out: there may be a million.
			section firewall.nft 4194304 10 -- nft -j -t list ruleset
			[ "$section_status" -eq 0 ] || section firewall.nft 4194304 10 -- nft -j list ruleset
			# The words of the other form say which tables are dormant.
			nft_tables=$(
				{
					bounded 4194304 10 nft list ruleset || echo failed
				} | sed -n "/^table /p; /^[[:space:]]flags /p; /^failed/p"
			)
			nft_status=0
			case $nft_tables in
			*failed*) nft_status=1 ;;
			esac
			text_section firewall.nft_tables "$nft_status" 16384 "$nft_tables$newline"
		fi
		# What iptables translated to nf_tables is read in its own words; without nft they are the only ones.
		case $nft_tables in
		none | *"table ip filter"*) save firewall.iptables_save nft iptables-nft-save ;;
		esac
		case $nft_tables in
		none | *"table ip6 filter"*) save firewall.ip6tables_save nft ip6tables-nft-save ;;
		esac
	fi
	case $legacy4 in
	" "*) save firewall.iptables_save legacy iptables-legacy-save iptables-save ;;
	esac
	case $legacy6 in
	" "*) save firewall.ip6tables_save legacy ip6tables-legacy-save ip6tables-save ;;
	esac
fi

mark firewall.done 0

printf "%s done\n" "$nonce"
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

# Run as root by way of $1 (sudo or doas) and end; return when that is refused. Both exit with 1 then, which the collector never does.
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

# Installed as a file, that file is what sudo is asked to run, so that sudoers can allow it and nothing else.
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
