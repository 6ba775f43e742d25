# What leaves a host of the files in which keys lie: of a file with public keys the lines that hold one, of a private key what stands in clear before
# its secret part, of ~/.ssh/config two keywords. Run as: awk -v mode=keys|large|home|host PROGRAM FILE...
#
#   f PATH      a file with public keys: its lines follow, then
#   +N LINE     a line that holds a key
#   -N          a line that is neither blank nor a comment and holds none: what it says stays here
#   .N          the end after N lines; !N: there is more; e: it cannot be read; k: a list of revoked keys in binary form
#   l PATH      a file too large to be read
#   p PATH FORMAT [NAME=VALUE]...      a private key
#   y PATH PATH                        a private key in clear of which ssh-keygen has to tell the public half; the second form is for printf %b
#   b PATH LINE                        the line in PATH.pub
#   c PATH LINE KEYWORD                ~/.ssh/config

function percent(text,    i, c, out) {
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		out = out (c ~ /[A-Za-z0-9._~\/:@,+-]/ ? c : sprintf("%%%02x", ordinal[c]))
	}
	return out
}

function octal(text,    i, out) {
	for (i = 1; i <= length(text); i++)
		out = out sprintf("\\0%03o", ordinal[substr(text, i, 1)])
	return out
}

function holds_key(line) {
	return line ~ /(ssh-|ecdsa-|sk-|rsa-sha2-)[!-~]*[ \t]+AAAA/ && line !~ /PRIVATE/
}

function keys(file,    line, n, r, bytes, sent) {
	print "f " percent(file)
	while ((r = (getline line < file)) > 0) {
		bytes += length(line) + 1
		if (n == 0 && line ~ /^SSHKRL/) {
			print "k"
			break
		}
		if (++n > 20000 || bytes > 1100000 || sent > 262144)
			break
		if (holds_key(line)) {
			sent += length(line)
			print "+" n " " line
		} else if (line !~ /^[ \t\r]*(#|$)/)
			print "-" n
	}
	close(file)
	print (r < 0 ? "e" : r > 0 ? "!" n : "." n + 0)
}

# The byte at an offset of the bytes that base64 letters stand for, and the four of a length.
function at(i,    g, k, a, b) {
	k = i % 3
	g = (i - k) / 3 * 4 + k
	a = value[substr(text64, g + 1, 1)]
	b = value[substr(text64, g + 2, 1)]
	if (k == 0)
		return a * 4 + int(b / 16)
	return k == 1 ? a % 16 * 16 + int(b / 4) : a % 4 * 64 + b
}

function length_at(i) {
	return i + 4 > size ? 16777216 : at(i) * 16777216 + at(i + 1) * 65536 + at(i + 2) * 256 + at(i + 3)
}

# The end of the string at an offset; past everything when it does not fit.
function after(i,    n) {
	n = length_at(i)
	return i + 4 + n > size ? 16777216 : i + 4 + n
}

function letters(i, n,    out) {
	if (n > 64)
		return "?"
	while (n-- > 0)
		out = out byte[at(i++)]
	return out
}

function hexadecimal(i, end,    out) {
	while (i < end)
		out = out sprintf("%02x", at(i++))
	return out
}

# What the fields of a key must look like: n is any number, a number of that length of bytes exactly.
function shape(type) {
	if (type == "ssh-rsa") return "n n"
	if (type == "ssh-dss") return "n n n n"
	if (type == "ssh-ed25519") return "32"
	if (type == "sk-ssh-ed25519@openssh.com") return "32 a"
	if (type == "ecdsa-sha2-nistp256") return "8 65"
	if (type == "ecdsa-sha2-nistp384") return "8 97"
	if (type == "ecdsa-sha2-nistp521") return "8 133"
	if (type == "sk-ecdsa-sha2-nistp256@openssh.com") return "8 65 a"
	return ""
}

# Whether the bytes from one offset to another are a public key and nothing else: lengths alone are not believed.
function is_public(i, end,    fields, n, k, want, len) {
	if (end > size || end - i > 9000)
		return 0
	want = shape(letters(i + 4, length_at(i)))
	i = after(i)
	n = split(want, fields, " ")
	for (k = 1; k <= n && i < end; k++) {
		len = length_at(i)
		if (fields[k] == "n" ? len > 2049 : fields[k] == "a" ? len > 128 : len != fields[k])
			return 0
		i = after(i)
	}
	return n > 0 && k == n + 1 && i == end
}

# Read base64 up to a line of this form into text64 and size: 1 when all of it was there and was base64.
function armor(file, stop,    line, padding, good) {
	text64 = ""
	size = 0
	while ((getline line < file) > 0) {
		sub(/[ \t\r]+$/, "", line)
		if (line ~ stop) {
			good = 1
			break
		}
		if (line !~ /^[A-Za-z0-9+\/]*=*$/ || padding || length(text64) > 1400000)
			break
		padding = length(line)
		sub(/=+$/, "", line)
		padding -= length(line)
		text64 = text64 line
	}
	size = int(length(text64) * 3 / 4)
	return good && padding < 3 && (length(text64) + padding) % 4 == 0
}

function cipher_name(name) {
	return name ~ /^(none|3des-cbc|aes(128|192|256)-(cbc|ctr|gcm@openssh[.]com)|chacha20-poly1305@openssh[.]com)$/ ? name : "other"
}

function openssh(file,    whole, cipher, kdf, p, end, out) {
	whole = armor(file, "^-----END OPENSSH PRIVATE KEY-----")
	out = "p " percent(file) " openssh"
	if (substr(text64, 1, 20) == "b3BlbnNzaC1rZXktdjEA") {
		cipher = letters(19, length_at(15))
		p = after(15)
		kdf = letters(p + 4, length_at(p))
		p = after(p)
		out = out " cipher=" cipher_name(cipher) " kdf=" (kdf ~ /^(none|bcrypt)$/ ? kdf : "other")
		if (kdf == "bcrypt" && length_at(p) >= 8 && after(p) < size)
			out = out " rounds=" length_at(after(p) - 4)
		p = after(p)
		end = after(p + 4)
		# The secret part has to fill the rest, but for the tag of a cipher.
		if (whole && length_at(p) == 1 && is_public(p + 8, end) && (after(end) == size || after(end) + 16 == size))
			out = out " blob=" hexadecimal(p + 8, end)
	}
	print out
}

# PKCS #8, encrypted: SEQUENCE { SEQUENCE { PBES2, SEQUENCE { SEQUENCE { KDF, SEQUENCE { salt, rounds … } }, SEQUENCE { cipher … } } }, OCTET STRING }.
function header_end(i,    n) {
	n = at(i + 1)
	return n < 128 ? i + 2 : n == 129 ? i + 3 : n == 130 ? i + 4 : 16777216
}

function end_of(i,    n) {
	n = at(i + 1)
	if (n == 129)
		n = at(i + 2)
	else if (n == 130)
		n = at(i + 2) * 256 + at(i + 3)
	return header_end(i) + n
}

function name_at(i,    hex) {
	hex = at(i) == 6 && end_of(i) - i < 16 ? hexadecimal(i, end_of(i)) : ""
	return (hex in algorithm) ? algorithm[hex] : "other"
}

function protection(    p, end, kdf, rounds, out) {
	p = header_end(0)
	end = end_of(p)
	if (size < 30 || at(0) != 48 || p > 4 || end_of(0) != size || at(p) != 48 || end - p > 250 || end + 4 > size || at(end) != 4 || end_of(end) != size)
		return ""
	p = header_end(p)
	if (name_at(p) != "pbes2")
		return " cipher=other kdf=other"
	kdf = header_end(end_of(p))
	p = end_of(kdf)
	kdf = header_end(kdf)
	if (p + 2 > end || end_of(kdf) + 2 > p)
		return " cipher=other kdf=other"
	out = " cipher=" name_at(header_end(p)) " kdf=" name_at(kdf)
	rounds = end_of(header_end(end_of(kdf)))
	if (rounds + 2 < p && at(rounds) == 2 && at(rounds + 1) <= 4)
		out = out " rounds=" number_at(rounds + 2, end_of(rounds))
	return out
}

function number_at(i, end,    n) {
	n = 0
	while (i < end)
		n = n * 256 + at(i++)
	return n
}

function pem(file, label,    line, format, cipher, n, r, out) {
	format = label == "RSA " ? "pem-rsa" : label == "DSA " ? "pem-dsa" : label == "EC " ? "pem-ec" : label == "ENCRYPTED " ? "pkcs8-encrypted" : label == "" ? "pkcs8" : "other"
	out = "p " percent(file) " " format
	if (format == "pkcs8-encrypted") {
		if (armor(file, "^-----END ENCRYPTED PRIVATE KEY-----"))
			out = out protection()
		print out
		beside(file)
		return
	}
	while ((r = (getline line < file)) > 0 && ++n <= 8 && line ~ /:/) {
		if (line ~ /^Proc-Type: *4 *, *ENCRYPTED/ && !cipher)
			cipher = "other"
		if (line ~ /^DEK-Info: *[A-Z0-9-]+,/) {
			sub(/^DEK-Info: */, "", line)
			sub(/,.*/, "", line)
			cipher = length(line) < 30 ? line : "other"
		}
	}
	if (n == 0 && r <= 0)
		cipher = "?"
	print out " cipher=" (cipher ? cipher : "none")
	if (!cipher && format != "other")
		print "y " percent(file) " " octal(file)
	beside(file)
}

function beside(file,    line, pub) {
	pub = file ".pub"
	if ((pub in given) && (getline line < pub) > 0 && holds_key(line))
		print "b " percent(file) " " line
	close(pub)
}

function putty(file, line,    type, version, cipher, kdf, rounds, n, count, out) {
	version = substr(line, 21, 1)
	cipher = "?"
	kdf = version == 2 ? "sha1" : "?"
	out = "p " percent(file) " ppk" version
	text64 = ""
	while ((getline line < file) > 0 && ++n <= 300 && line !~ /^Private-/) {
		sub(/\r$/, "", line)
		if (count > 0) {
			text64 = text64 (length(line) <= 64 && line ~ /^[A-Za-z0-9+\/]+=*$/ ? line : "?")
			count--
		} else if (line ~ /^Encryption: (none|aes256-cbc)$/)
			cipher = substr(line, 13)
		else if (line ~ /^Key-Derivation: Argon2(i|d|id)$/)
			kdf = substr(line, 17)
		else if (line ~ /^Argon2-Passes: [0-9]+$/)
			rounds = substr(line, 16)
		else if (line ~ /^Public-Lines: [0-9]+$/)
			count = substr(line, 15) + 0
		else if (line !~ /^(Comment|Argon2-[A-Za-z]+): /)
			break
	}
	size = int(length(text64) * 3 / 4)
	if (text64 ~ /==$/)
		size--
	if (text64 ~ /=$/)
		size--
	out = out " cipher=" cipher (cipher == "none" ? " kdf=none" : " kdf=" kdf) (rounds && cipher != "none" ? " rounds=" substr(rounds, 1, 9) : "")
	if (line ~ /^Private-/ && text64 !~ /[?]|=[^=]/ && is_public(0, size))
		out = out " blob=" hexadecimal(0, size)
	print out
}

# 1 when it is a private key. Text may stand before it.
function private(file,    line, n, found) {
	while (!found && ++n <= 200 && (getline line < file) > 0) {
		found = 1
		sub(/\r$/, "", line)
		if (line ~ /^-----BEGIN OPENSSH PRIVATE KEY-----/)
			openssh(file)
		else if (line ~ /^-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/) {
			sub(/^-----BEGIN /, "", line)
			sub(/PRIVATE KEY-----.*/, "", line)
			pem(file, line)
		} else if (line ~ /^PuTTY-User-Key-File-[0-9]: /)
			putty(file, line)
		else if (line ~ /^---- BEGIN SSH2 (ENCRYPTED )?PRIVATE KEY ----/ || (n == 1 && line ~ /^SSH PRIVATE KEY FILE FORMAT/))
			print "p " percent(file) " other"
		else
			found = 0
	}
	close(file)
	return found
}

function config(file,    line, n) {
	while (++n <= 5000 && (getline line < file) > 0) {
		line = tolower(line)
		gsub(/["\r]/, "", line)
		if (line ~ /^[ \t]*proxycommand[ \t=]+[!-~]/ && line !~ /^[ \t]*proxycommand[ \t=]+none[ \t]*$/)
			print "c " percent(file) " " n " proxycommand"
		if (line ~ /^[ \t]*stricthostkeychecking[ \t=]+(no|off)[ \t]*(#.*)?$/)
			print "c " percent(file) " " n " stricthostkeychecking"
	}
	close(file)
}

BEGIN {
	for (i = 1; i < 256; i++) {
		byte[i] = sprintf("%c", i)
		ordinal[byte[i]] = i
		if (i < 33 || i > 126)
			byte[i] = "?"
	}
	byte[0] = "?"
	algorithm["06092a864886f70d01050d"] = "pbes2"
	algorithm["06092a864886f70d01050c"] = "pbkdf2"
	algorithm["06092b06010401da47040b"] = "scrypt"
	algorithm["060960864801650304012a"] = "aes256-cbc"
	algorithm["0609608648016503040116"] = "aes192-cbc"
	algorithm["0609608648016503040102"] = "aes128-cbc"
	algorithm["06082a864886f70d0307"] = "3des-cbc"
	base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for (i = 1; i <= 64; i++)
		value[substr(base64, i, 1)] = i - 1
	for (i = 1; i < ARGC; i++)
		given[ARGV[i]] = 1
	for (i = 1; i < ARGC; i++) {
		if (mode == "keys")
			keys(ARGV[i])
		else if (mode == "large")
			print "l " percent(ARGV[i])
		else if (mode == "test") {
			text64 = "YWJj/+8="
			size = 5
			print letters(0, 3) at(3) at(4) percent("a b") octal("/") (holds_key("no-pty ssh-rsa AAAAB3") && !holds_key("ssh-rsa x"))
		} else if (mode == "home" && ARGV[i] ~ /\/config$/)
			config(ARGV[i])
		else if (!private(ARGV[i]) && mode == "host" && ARGV[i] ~ /[.]pub$/)
			keys(ARGV[i])
	}
	exit
}
