# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # merge, uname: frame.sh
# What the host is: the operating system, the kernel, the version of OpenSSH.

for path in /etc/os-release /usr/lib/os-release; do
	if [ -e "$path" ]; then
		file_section host.os_release 16384 "$path"
		break
	fi
done

text_section host.uname "$uname_status" 1024 "$uname"

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
