#!/bin/sh
# sshvet collector @VERSION@: looks, read-only, at how this host is secured and prints what it found on standard output.
#
#   sh -s [auto|none|sudo|doas] <collector     how sshvet runs it: nothing is stored on the host
#   /usr/local/sbin/sshvet-collector           installed, as the forced command of an audit key
#
# It creates, changes and loads nothing. All of it is quoted text and one group of commands: cut short, it does not run.

sshvet_collector='@BODY@'

sshvet_launcher='@LAUNCHER@'

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
