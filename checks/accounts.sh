# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # filter, newline, login: frame.sh; account_*: key_permissions.sh
# Which accounts there are. Of passwords only what they amount to: none of them, and no hash, leaves the host.

# The account that logged in, where its directory service does not list it.
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

# A database, from wherever this host has it; from its file when nothing else answers: account_database passwd|group FILTER
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

# Look at the homes of the accounts given, "NAME:NUMBER:HOME" each, and print a dot for each that answered.
account_look() {
	for account in "$@"; do
		account_is_hung "${account#*:*:}" || [ -d "${account#*:*:}" ]
		put .
	done
}

# A home on a file system that did not answer before.
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

# Remember the file system of a home that does not answer; the home alone where that cannot be told.
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

# Three file systems that hang are waited for; after that no home is touched that was not seen to answer. What answers goes to $account_list, the names of
# the others to $account_lost.
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

# The first $1 of the accounts that follow have answered, or are on a file system that did not.
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

# The same as account_count and account_name_N, account_uid_N, account_home_N from 1 on. So many variables make some shells slow, so not before they
# are needed.
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

# For the parts that follow: in $account_list, NAME:NUMBER:HOME a line, the accounts whose homes may be touched.
account_lines=$(put "$account_text$newline" | sed -n "s/^\([^:]*\):[^:]*:\([^:]*\):[^:]*:[^:]*:\([^:]*\):[^:]*\$/\1:\2:\3/p;10000q")
account_text=
account_list=
account_lost=
IFS=$newline
# shellcheck disable=SC2086 # to be split into lines
set -- $account_lines
unset IFS
account_try "$@"
set --
account_lines=
text_section accounts.hung 0 1048576 "$account_lost"
mark accounts.done 0
