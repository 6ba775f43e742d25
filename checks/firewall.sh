# shellcheck shell=sh
# Which packet filters are in force. Looking must load nothing: a tool is run only where the kernel already has what it asks for.
# shellcheck disable=SC2154 # newline, uid, uname: the parts before

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

system=${uname%% *}
text_section firewall.kernel 0 4096 "system $system
nf_tables $nf_tables
ip_tables $legacy4
ip6_tables $legacy6
ipv6 $ipv6
"

# A manager is what an administrator should change; the rules in force are read below.
if [ -e /etc/ufw/ufw.conf ]; then
	file_section firewall.ufw 16384 /etc/ufw/ufw.conf
	file_section firewall.ufw_defaults 16384 /etc/default/ufw
fi
if command -v firewalld >/dev/null; then
	section_status=3
	if command -v systemctl >/dev/null; then
		section firewall.firewalld 256 5 -- systemctl is-active firewalld
	else
		firewalld_pid=
		[ ! -r /run/firewalld.pid ] || read -r firewalld_pid </run/firewalld.pid
		case $firewalld_pid in
		"" | *[!0-9]*) ;;
		*) [ ! -d "/proc/$firewalld_pid" ] || section_status=0 ;;
		esac
		mark firewall.firewalld "$section_status"
	fi
	if [ "$section_status" -eq 0 ]; then
		section firewall.firewalld_zones 65536 10 -- firewall-cmd --get-active-zones
		section firewall.firewalld_live 262144 10 -- firewall-cmd --list-all-zones
		section firewall.firewalld_stored 262144 10 -- firewall-cmd --permanent --list-all-zones
		file_section firewall.firewalld_conf 16384 /etc/firewalld/firewalld.conf
		set +f
		for path in /etc/firewalld/zones/*.xml; do
			[ ! -f "$path" ] || file_section firewall.firewalld_zone 65536 "$path"
		done
		set -f
	fi
fi

# What the kernel does besides filtering: forwarding, and whether packets from outside may be for 127.0.0.0/8 on some interface.
sysctl_value() {
	value=unknown
	[ ! -r "$1" ] || read -r value <"$1"
}
sysctl_value /proc/sys/net/ipv4/ip_forward
ip_forward=$value
sysctl_value /proc/sys/net/ipv6/conf/all/forwarding
ip6_forward=$value
route_localnet=0
set +f
for path in /proc/sys/net/ipv4/conf/*/route_localnet; do
	sysctl_value "$path"
	[ "$value" = 0 ] || route_localnet=$value
done
set -f
text_section firewall.sysctl 0 4096 "ip_forward $ip_forward
ip6_forward $ip6_forward
route_localnet $route_localnet
"

# Own addresses, and what listens. Where the kernel would have to load what ss asks, ss reads /proc; without ss the tables are sent.
if command -v ip >/dev/null; then
	section firewall.addresses 262144 5 tool=ip -- ip -o addr
else
	for table in fib_trie route if_inet6; do
		[ ! -r "/proc/net/$table" ] || section firewall.addresses 262144 5 tool=proc "table=$table" -- cat "/proc/net/$table"
	done
fi
if command -v ss >/dev/null; then
	if [ ! -e /proc/modules ] || { [ -e /sys/module/tcp_diag ] && [ -e /sys/module/udp_diag ]; }; then
		section firewall.sockets 262144 10 tool=ss -- ss -H -tulnp
	else
		section firewall.sockets 262144 10 tool=ss -- env PROC_ROOT=/proc ss -H -tulnp
	fi
else
	for table in tcp tcp6 udp udp6; do
		[ ! -e "/proc/net/$table" ] || section firewall.sockets 262144 10 tool=proc "table=$table" -- sed -n "1p; / 0A /p; / 07 /p" "/proc/net/$table"
	done
fi
if command -v systemctl >/dev/null; then
	section firewall.units 65536 5 -- systemctl list-sockets --no-legend --no-pager
	section firewall.boot 16384 5 -- systemctl list-unit-files --no-legend --no-pager nftables.service netfilter-persistent.service iptables.service ip6tables.service ufw.service firewalld.service
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

# What is loaded at start, as far as it is a file.
if [ "$uid" = 0 ]; then
	for path in /etc/nftables.conf /etc/sysconfig/nftables.conf /etc/iptables/rules.v4 /etc/iptables/rules.v6 /etc/sysconfig/iptables /etc/sysconfig/ip6tables; do
		[ ! -f "$path" ] || file_section firewall.disk 262144 "$path"
	done
	if [ -f /etc/ufw/ufw.conf ] && grep -q "^[[:space:]]*ENABLED=.*[yY]" /etc/ufw/ufw.conf; then
		for path in before after user before6 after6 user6; do
			file_section firewall.disk 262144 "/etc/ufw/$path.rules"
		done
	fi
fi

# save SECTION BACKEND COMMAND ...: the rules as iptables-save prints them. It must not call modprobe, which -M sees to.
save() {
	save_section=$1 save_backend=$2
	shift 2
	first_command "$@"
	[ -z "$first" ] || section "$save_section" 4194304 10 "backend=$save_backend" "command=$first" -- "$first" -M /bin/true
}

if [ "$uid" = 0 ]; then
	if [ "$nf_tables" = yes ]; then
		nft_tables=none
		if command -v nft >/dev/null; then
			# Without counters where nft can leave them out.
			section firewall.nft 12582912 20 -- nft -s -j list ruleset
			[ "$section_status" -eq 0 ] || section firewall.nft 12582912 20 -- nft -j list ruleset
			# The words of the other form say which tables are dormant, and which devices a chain is for.
			nft_tables=$(
				{
					bounded 8388608 20 nft -s list ruleset || echo failed
				} | sed -n "/^table /p; /^[[:space:]]flags /p; /^[[:space:]]chain /h; /hook ingress/{x;p;x;p;}; /^failed/p"
			)
			nft_status=0
			case $nft_tables in
			*failed*) nft_status=1 ;;
			esac
			text_section firewall.nft_tables "$nft_status" 65536 "$nft_tables$newline"
			# What is live in the words that are stored, where a service loads those.
			case $services in
			*nftables.service*) section firewall.nft_text 262144 20 -- nft -s list ruleset ;;
			esac
		fi
		# What iptables translated to nf_tables is read in its own words; without nft they are the only ones.
		case $nft_tables in
		none | *"table ip "*) save firewall.iptables_save nft iptables-nft-save ;;
		esac
		case $nft_tables in
		none | *"table ip6 "*) save firewall.ip6tables_save nft ip6tables-nft-save ;;
		esac
	fi
	if command -v ipset >/dev/null && { [ -e /sys/module/ip_set ] || [ ! -e /proc/modules ]; }; then
		section firewall.ipset 4194304 10 -- ipset save
	fi
	case $legacy4 in
	" "*) save firewall.iptables_save legacy iptables-legacy-save iptables-save ;;
	esac
	case $legacy6 in
	" "*) save firewall.ip6tables_save legacy ip6tables-legacy-save ip6tables-save ;;
	esac
fi

case $system in
*BSD | DragonFly | Darwin)
	if [ "$uid" = 0 ] && command -v pfctl >/dev/null; then
		section firewall.pf_info 16384 5 -- pfctl -s info
		section firewall.pf 1048576 10 -- pfctl -s rules
	fi
	;;
esac

mark firewall.done 0
