# What an administrator of a web server may tell ufw.
ufw --force reset
ufw default deny incoming
ufw default allow outgoing
ufw default deny routed
ufw limit 22/tcp comment "ssh, but not too often"
ufw allow from 10.0.0.0/8 to any port 80 proto tcp
ufw allow 443/tcp
ufw insert 1 deny from 203.0.113.0/24
ufw allow in on eth1 to any port 8080 proto tcp
ufw allow 53/udp
ufw allow from 2001:db8::/32 to any port 2222 proto tcp
ufw reject 25/tcp
ufw route allow in on eth1 out on docker0 to 172.17.0.2 port 80 proto tcp
ufw logging low
ufw --force enable
"$@"
