# shellcheck shell=sh
# Which packet filters are in force. Looking must load nothing: a tool is run only where the kernel already has what it asks for.
# shellcheck disable=SC2154 # newline, uid: frame.sh

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
