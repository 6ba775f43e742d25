# shellcheck shell=sh
# Who may read, replace or use the keys of this host and of the account that logged in.
# shellcheck disable=SC2012 # ls: its line about one file, up to the name
# shellcheck disable=SC2154 # newline, uid, login, dump, config_count: frame.sh, host.sh, sshd_config.sh

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
	# shellcheck disable=SC2086 # to be split into lines
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
# shellcheck disable=SC2086 # to be split into lines
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
