# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # filter, newline: frame.sh; account_*: key_permissions.sh
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
# shellcheck disable=SC2086 # to be split into lines
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
