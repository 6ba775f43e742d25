# shellcheck shell=sh
# shellcheck disable=SC2154 # sshvet_collector, sshvet_shell: main.sh
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
