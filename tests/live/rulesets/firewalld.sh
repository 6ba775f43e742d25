# Zones by interface and by source, ports, rich rules and a forwarded port.
mkdir -p /run/dbus
rm -f /run/dbus/pid
dbus-daemon --system --fork --print-pid >/run/dbus/started
firewalld --nofork --nopid &
firewalld=$!
trap 'kill $firewalld $(cat /run/dbus/started)' EXIT
until firewall-cmd --state; do sleep 0.5; done
change() { firewall-cmd --permanent "$@"; }
change --zone=public --change-interface=eth1
change --zone=internal --change-interface=eth0
change --zone=trusted --add-source=10.200.0.0/16
change --zone=drop --add-source=203.0.113.0/24
change --zone=public --remove-service=dhcpv6-client
change --zone=public --add-service=https
change --zone=public --add-port=8080/tcp
change --zone=public --add-rich-rule='rule family="ipv4" source address="198.51.100.0/24" port port="2222" protocol="tcp" accept'
change --zone=public --add-rich-rule='rule family="ipv4" source address="198.51.100.128/25" port port="443" protocol="tcp" reject'
change --zone=public --add-rich-rule='rule family="ipv6" source not address="fd00::/8" service name="ntp" log prefix="ntp " level="info" limit value="3/m" accept'
change --zone=public --add-rich-rule='rule service name="http" accept limit value="10/s"'
change --zone=public --add-forward-port=port=8000:proto=tcp:toport=80:toaddr=172.17.0.2
change --zone=internal --add-service=dns
firewall-cmd --reload
echo $firewalld >/run/firewalld.pid
"$@"
