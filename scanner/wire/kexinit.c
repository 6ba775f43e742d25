#include "kexinit.h"

#include "limit.h"
#include "reader.h"
#include "text.h"

#define SSH_MSG_KEXINIT 20u
#define COOKIE_SIZE     16u
#define NAME_SIZE_MAX   64u /* RFC 4251, section 6 */

static const char *const list_names[] = {
	[KEXINIT_KEX] = "kex",
	[KEXINIT_HOST_KEY] = "host_key",
	[KEXINIT_CIPHER_CLIENT_TO_SERVER] = "cipher_client_to_server",
	[KEXINIT_CIPHER_SERVER_TO_CLIENT] = "cipher_server_to_client",
	[KEXINIT_MAC_CLIENT_TO_SERVER] = "mac_client_to_server",
	[KEXINIT_MAC_SERVER_TO_CLIENT] = "mac_server_to_client",
	[KEXINIT_COMPRESSION_CLIENT_TO_SERVER] = "compression_client_to_server",
	[KEXINIT_COMPRESSION_SERVER_TO_CLIENT] = "compression_server_to_client",
	[KEXINIT_LANGUAGE_CLIENT_TO_SERVER] = "language_client_to_server",
	[KEXINIT_LANGUAGE_SERVER_TO_CLIENT] = "language_server_to_client",
};
static_assert(countof(list_names) == KEXINIT_LISTS, "every list has a name");

/* Names in the kex list that offer no key exchange: RFC 8308, section 2.1; OpenSSH's PROTOCOL, 1.9, and the draft that takes it up;
 * Dropbear's rule for guessed packets. */
static const char *const pseudo_algorithms[] = {
	"ext-info-c",    "ext-info-s",    "kex-strict-c-v00@openssh.com", "kex-strict-s-v00@openssh.com",
	"kex-strict-c",  "kex-strict-s",  "kexguess2@matt.ucc.asn.au",
};

/* Ciphers that bring their own integrity, so that the MAC lists do not matter. RFC 5647's AEAD_* are not among them: they have to
 * stand in the MAC lists as well. */
static const char *const aead_ciphers[] = {
	"chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com", "aes256-gcm@openssh.com",
	"chacha20-poly1305",             "aes128-gcm",             "aes256-gcm",
};

const char *kexinit_list_name(enum kexinit_list list)
{
	return (size_t)list < countof(list_names) ? list_names[list] : "unknown";
}

static bool is_one_of(struct slice name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (slice_is(name, names[i]))
			return true;
	}
	return false;
}

bool kexinit_is_pseudo(struct slice name)
{
	return is_one_of(name, pseudo_algorithms, countof(pseudo_algorithms));
}

/* slice_next() takes no notice of a comma at the very end, which here would be an empty name. */
static int check_names(struct slice names, const char *list, struct error *err)
{
	struct slice name;

	if (names.len > 0 && names.ptr[names.len - 1] == ',')
		return error_set(err, ERR_PROTOCOL, "KEXINIT: list %s ends in a comma", list);
	while (slice_next(&names, ',', &name)) {
		if (name.len == 0)
			return error_set(err, ERR_PROTOCOL, "KEXINIT: list %s has an empty name", list);
		if (name.len > NAME_SIZE_MAX)
			return error_set(err, ERR_PROTOCOL, "KEXINIT: list %s has a name of %zu bytes", list, name.len);
		if (!text_is_graphic(name))
			return error_set(err, ERR_PROTOCOL, "KEXINIT: list %s has a name that is not printable ASCII", list);
	}
	return 0;
}

static int read_lists(struct slice *rest, struct kexinit *k, struct error *err)
{
	for (size_t i = 0; i < KEXINIT_LISTS; i++) {
		int r;

		if (!reader_string(rest, &k->lists[i]))
			return error_set(err, ERR_PROTOCOL, "KEXINIT: cut short in list %s", list_names[i]);
		r = check_names(k->lists[i], list_names[i], err);
		if (r < 0)
			return r;
	}
	return 0;
}

int kexinit_parse(struct slice payload, struct kexinit *ret_kexinit, struct error *err)
{
	struct kexinit k = { 0 };
	struct slice   cookie;
	unsigned       byte;
	uint32_t       reserved; /* 0 today; a later revision may use it, so any value will do */
	int            r;

	if (payload.len > LIMIT_KEXINIT)
		return error_set(err, ERR_PROTOCOL, "KEXINIT: %zu bytes, more than %u", payload.len, LIMIT_KEXINIT);
	if (!reader_byte(&payload, &byte))
		return error_set(err, ERR_PROTOCOL, "KEXINIT: empty");
	if (byte != SSH_MSG_KEXINIT)
		return error_set(err, ERR_PROTOCOL, "KEXINIT: message number %u", byte);
	if (!reader_bytes(&payload, COOKIE_SIZE, &cookie))
		return error_set(err, ERR_PROTOCOL, "KEXINIT: cut short in the cookie");
	r = read_lists(&payload, &k, err);
	if (r < 0)
		return r;
	if (!reader_byte(&payload, &byte) || !reader_uint32(&payload, &reserved))
		return error_set(err, ERR_PROTOCOL, "KEXINIT: cut short after the lists");
	if (payload.len > 0)
		return error_set(err, ERR_PROTOCOL, "KEXINIT: %zu bytes too many", payload.len);
	k.first_kex_packet_follows = byte != 0;
	*ret_kexinit = k;
	return 0;
}

static bool has(struct slice list, struct slice name)
{
	struct slice each;

	while (slice_next(&list, ',', &each)) {
		if (slice_equal(each, name))
			return true;
	}
	return false;
}

bool kexinit_has(struct slice list, const char *name)
{
	return has(list, slice_of(name));
}

/* The client's first name that the server has too: what both sides settle on. Empty when there is none. */
static struct slice agreed(const struct kexinit *client, const struct kexinit *server, enum kexinit_list list)
{
	struct slice names = client->lists[list];
	struct slice name;

	while (slice_next(&names, ',', &name)) {
		if (!(list == KEXINIT_KEX && kexinit_is_pseudo(name)) && has(server->lists[list], name))
			return name;
	}
	return (struct slice){ 0 };
}

/* The cipher list that decides whether a MAC is needed in a direction; KEXINIT_LISTS for the lists that are always needed. */
static enum kexinit_list cipher_of(enum kexinit_list list)
{
	if (list == KEXINIT_MAC_CLIENT_TO_SERVER)
		return KEXINIT_CIPHER_CLIENT_TO_SERVER;
	if (list == KEXINIT_MAC_SERVER_TO_CLIENT)
		return KEXINIT_CIPHER_SERVER_TO_CLIENT;
	return KEXINIT_LISTS;
}

static bool is_needed(const struct kexinit *client, const struct kexinit *server, enum kexinit_list list)
{
	enum kexinit_list cipher = cipher_of(list);

	return cipher == KEXINIT_LISTS ||
	       !is_one_of(agreed(client, server, cipher), aead_ciphers, countof(aead_ciphers));
}

enum kexinit_list kexinit_first_mismatch(const struct kexinit *client, const struct kexinit *server)
{
	for (enum kexinit_list list = KEXINIT_KEX; list < KEXINIT_LANGUAGE_CLIENT_TO_SERVER; list++) {
		if (agreed(client, server, list).len == 0 && is_needed(client, server, list))
			return list;
	}
	return KEXINIT_LISTS;
}

/* "2.0", "1.99": digits on both sides of one dot. */
static bool is_version(struct slice s)
{
	struct slice major;
	uint64_t     number;

	return slice_next(&s, '.', &major) && text_parse_unsigned(major, 10, 99, &number, NULL) == 0 &&
	       text_parse_unsigned(s, 10, 99, &number, NULL) == 0;
}

static bool has_control(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
			return true;
	}
	return false;
}

/* RFC 4253 allows no minus in the software's name, but some servers have one ("SSH-2.0-Cisco-1.25"): it is taken as it is. */
int identification_parse(struct slice line, struct identification *ret_identification, struct error *err)
{
	struct identification id = { 0 };
	struct slice          rest = slice_sub(line, 4, SIZE_MAX);

	if (line.len > LIMIT_IDENTIFICATION - 2)
		return error_set(err, ERR_PROTOCOL, "identification: %zu bytes, more than %u", line.len, LIMIT_IDENTIFICATION - 2);
	if (!slice_has_prefix(line, "SSH-"))
		return error_set(err, ERR_PROTOCOL, "identification: does not begin with SSH-");
	if (has_control(line))
		return error_set(err, ERR_PROTOCOL, "identification: has a control character");
	if (!slice_next(&rest, '-', &id.protocol) || !is_version(id.protocol))
		return error_set(err, ERR_PROTOCOL, "identification: no protocol version");
	if (!slice_next(&rest, ' ', &id.software) || id.software.len == 0 || !text_is_graphic(id.software))
		return error_set(err, ERR_PROTOCOL, "identification: no software version in printable ASCII");
	id.comments = rest;
	*ret_identification = id;
	return 0;
}
