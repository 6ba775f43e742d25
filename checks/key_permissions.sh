# shellcheck shell=sh
# Who may read, replace or use the keys of this host and of its accounts.
# shellcheck disable=SC2012 # ls: its line about one file, up to the name
# shellcheck disable=SC2034,SC2154 # newline, uid, login, timer, dump, config_count, account_list: frame.sh, host.sh, sshd_config.sh, accounts.sh

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

# One file: the second line is what a symbolic link leads to.
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
	lines=
	[ "$stat_tool" != stat ] || lines=$(stat -c "$stat_format" "$@")
	key_index=0
	IFS=$newline
	# shellcheck disable=SC2086 # to be split into lines
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

# What the dump and the files say about files: "keyword value", the keyword in small letters. Match blocks and all.
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

# The patterns of AuthorizedKeysFile and AuthorizedPrincipalsFile, each once, a line each. Words in which quotes or backslashes do more than stand around
# a whole word are left alone: the scanner sees that they were not looked at.
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
# shellcheck disable=SC2086 # to be split into lines
set -- $settings
for line in "$@"; do
	IFS=" $tab_return"
	# shellcheck disable=SC2086 # to be split into words
	key_setting $line
	unset IFS
done
unset IFS
text_section keys.patterns 0 65536 "$key_patterns"

# Only sudo and doas hide where the account that logged in lives. A name that is not plain is not expanded.
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

# From here on: files of accounts, and every folder above whatever is looked at. Records of a line and what it announces, names ending in NUL:
#   p N TOOL   N paths, then a line of stat for each, then a letter for each: + where there is an ACL (- for all: nobody can tell)
#   r          a path, and where it really is
#   x          a folder that cannot be looked into
#   m          a folder that holds more than is looked at
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
	# shellcheck disable=SC2086 # to be split into lines
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

# A path to be asked about, 500 at once. The list of the variables they are in is made once, as it is long.
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

# A folder that is above many others, once.
key_seen=$newline
key_once() {
	case $key_seen in
	*"$newline$1$newline"*) return 1 ;;
	esac
	[ ${#key_seen} -gt 1024 ] || key_seen="$key_seen$1$newline"
	key_stat "$1"
}

# All folders above.
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

# A folder: where it really is, and what is above it. Sets $real; false when it is not there, or cannot be entered.
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

# A file in a folder that is really there; and what it leads to.
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

# The tokens of a pattern, for the account at hand, into $expanded; false when one of them is not known.
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

# The files that are the same for every account.
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
