# shellcheck shell=sh
# Which keys there are: lines of authorized_keys, private keys, host keys, certification authorities. Of a private key nothing leaves the host but what
# stands in clear before its secret part; key_material.awk decides that here.
# shellcheck disable=SC2016,SC2034,SC2154 # now, newline, apostrophe, tab_return, dumps, account_*, key_expand, expanded: the parts before

material_awk="@key_material.awk@"
material_texts=$newline material_keys=$newline material_hosts=$newline material_cas=$newline

# An argument of a keyword that names files of keys, remembered once.
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

# The words of a line after its keyword. What is quoted in an unusual way is left alone: the scanner sees that it was not looked at.
material_line() {
	material_keyword=$1
	IFS=" =$tab_return"
	# shellcheck disable=SC2086 # to be split into words
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
	# shellcheck disable=SC2086 # to be split into lines
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

# The path a pattern means for an account: sets $material_path.
material_expand() {
	name=$account_name home=$account_home id=$account_uid
	key_expand "$1" || return
	case $expanded in
	/*) material_path=$expanded ;;
	*) material_path=$account_home/$expanded ;;
	esac
}

# Files, one a line, through the program: sets $material_text and $material_status. Only regular files that are neither empty nor large are opened.
material_read() {
	material_mode=$1 material_seconds=$2
	IFS=$newline
	# shellcheck disable=SC2086 # to be split into lines
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
	# Files that are not there make it 1.
	[ "$material_status" -ne 1 ] || material_status=0
}

# The public halves of private keys in clear whose format does not begin with them. No passphrase is asked for: an empty one is given.
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

# material_section NAME [name=value ...], of what material_read found.
material_section() {
	material_name=$1
	shift
	material_limit=2097152
	# What ends with its limit was cut; blank lines at the end are not in it.
	[ "${#material_text}" -lt 2097000 ] || material_status=125
	# In all, what a few accounts with endless files say must not make the evidence too large.
	if [ "${#material_text}" -gt "$material_room" ]; then
		material_text="" material_status=125
	fi
	material_room=$((material_room - ${#material_text}))
	material_derived=
	material_derive "$newline$material_text"
	text_section "key_material.$material_name" "$material_status" "$material_limit" "$material_text$newline$material_derived" "mode=$material_mode" "$@"
}

# Both kinds of files of some accounts. When it takes too long, each of them alone, so that one home that hangs hides nobody else.
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

# The files that are the same for every account.
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

# 200 accounts at a time.
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

# When the private host keys were last written, which is when they were made.
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
