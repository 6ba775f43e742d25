# Three jails, each with another way to ban, before rules of an administrator.
mkdir -p /run/fail2ban
: >/tmp/log
rm -f /etc/fail2ban/jail.d/defaults-debian.conf
jail() { printf '[%s]\nenabled = true\nbackend = polling\nlogpath = /tmp/log\nallowipv6 = auto\nbanaction = %s\n%s\n' "$@"; }
{
	jail sshd iptables-multiport 'port = ssh,2222'
	jail nginx-http-auth nftables-multiport ''
	jail recidive iptables-ipset-proto6-allports ''
} >/etc/fail2ban/jail.d/test.conf
iptables-restore <<-END
	*filter
	:INPUT DROP [0:0]
	:FORWARD DROP [0:0]
	:OUTPUT ACCEPT [0:0]
	-A INPUT -i lo -j ACCEPT
	-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
	-A INPUT -p tcp -m multiport --dports 22,80,443,2222 -j ACCEPT
	COMMIT
END
fail2ban-server -b
trap 'fail2ban-client stop' EXIT
until fail2ban-client ping; do sleep 0.5; done
fail2ban-client set sshd banip 10.1.2.3 192.168.200.1 2001:db8::7
fail2ban-client set nginx-http-auth banip 198.51.100.7 2001:db8::c8
fail2ban-client set recidive banip 203.0.113.5
sleep 3
"$@"
