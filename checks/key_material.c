/*
 * key_material.c: which keys there are, and what they are: who lets whom in, what lies where, and how strong it is.
 */
#include "key_material.h"

#include "check.h"
#include "limit.h"
#include "mem.h"
#include "privilege.h"
#include "sections.h"
#include "text.h"

#define STATUS_CUT     125 /* what the collector says when there was more than it takes */
#define STATUS_MISSING 127 /* … when there is no awk that works */

static const char *const tables[] = { "key_material.authorized", "key_material.private", "key_material.host",
	                              "key_material.certificates", "key_material.ca", "key_material.client" };

cJSON *key_material_item(cJSON *table, const struct account *account, struct slice path, uint64_t line)
{
	cJSON       *item = fact_table_append(table);
	struct buf   text;
	struct error err;
	int          r = item ? 0 : ERR_NOMEM;
	size_t       start = account ? account->name.len + 1 : 0;

	buf_init(&text, LIMIT_FACT_TEXT);
	if (r == 0 && account)
		r = buf_printf(&text, &err, "%.*s ", (int)account->name.len, account->name.ptr);
	if (r == 0)
		r = buf_append_slice(&text, path, &err);
	if (r == 0 && line > 0)
		r = buf_printf(&text, &err, ":%" PRIu64, line);
	if (r == 0)
		r = fact_add_text(item, "subject", buf_slice(&text), &err);
	if (r == 0)
		r = fact_add_text(item, "path", path, &err);
	if (r == 0)
		r = fact_add_text(item, "where", slice_sub(buf_slice(&text), start, SIZE_MAX), &err);
	if (r == 0 && account)
		r = fact_add_text(item, "user", account->name, &err);
	if (r == 0 && line > 0)
		r = fact_add_integer(item, "line", (int64_t)line, &err);
	buf_free(&text);
	return r == 0 ? item : NULL;
}

int key_material_add_key(cJSON *item, struct slice blob, struct error *err)
{
	char              fingerprint[FINGERPRINT_SIZE], md5[FINGERPRINT_MD5_SIZE];
	struct public_key key;
	int               r;

	if (public_key_parse(blob, &key, NULL) < 0)
		return fact_add_unavailable(item, "type", REASON_PARSE, err, "the key is malformed");
	public_key_fingerprint(blob, fingerprint);
	r = fact_add_text(item, "type", key.type, err);
	if (r == 0 && key.bits > 0)
		r = fact_add_integer(item, "bits", key.bits, err);
	if (r == 0)
		r = fact_add_text(item, "fingerprint", slice_of(fingerprint), err);
	if (r == 0 && public_key_fingerprint_md5(blob, md5))
		r = fact_add_text(item, "md5", slice_of(md5), err);
	return r;
}

int key_material_add_account(cJSON *item, const struct key_material *m, const struct account *account, struct error *err)
{
	int r = fact_add_integer(item, "uid", (int64_t)account->uid, err);

	if (r == 0)
		r = fact_add_boolean(item, "root", account->uid == 0, err);
	if (r == 0)
		r = fact_add_boolean(item, "system", account->uid > 0 && account->uid < 1000, err);
	if (r == 0)
		r = fact_add_text(item, "login", slice_of(account_has_shell(account) ? "shell" : "no_shell"), err);
	if (r == 0 && account->password != ACCOUNT_PASSWORD_UNKNOWN)
		return fact_add_boolean(item, "locked", account->password == ACCOUNT_PASSWORD_LOCKED, err);
	return r < 0 ? r : privilege_add_unavailable(item, "locked", m->ev, "whether a password is locked takes root", err);
}

/* Move the texts of one list to another that lacks them. */
static bool take_values(cJSON *to, cJSON *from)
{
	cJSON *value;

	while ((value = cJSON_DetachItemFromArray(from, 0))) {
		const cJSON *known;
		bool         again = !cJSON_IsString(value);

		cJSON_ArrayForEach(known, to) {
			again |= cJSON_IsString(value) && strcmp(known->valuestring, value->valuestring) == 0;
		}
		if (again)
			cJSON_Delete(value);
		else if (!cJSON_AddItemToArray(to, value))
			return false;
	}
	return true;
}

cJSON *key_material_values(const struct key_material *m, enum sshd_keyword keyword, bool *ret_known)
{
	cJSON       *values = cJSON_CreateArray();
	struct error err;
	bool         known = true, good = values != NULL;

	for (size_t i = 0; good && i < m->effective.ndaemons; i++) {
		const struct reading *reading = &m->effective.daemons[i].reading;
		cJSON                *item = cJSON_CreateObject(), *list;

		good = item && sshd_reading_add(item, reading, sshd_plan_set(&reading->plan, 0), keyword, &err) == 0;
		list = cJSON_GetObjectItemCaseSensitive(item, sshd_keyword_name(keyword));
		known &= cJSON_IsArray(list);
		if (good && cJSON_IsArray(list))
			good = take_values(values, list);
		cJSON_Delete(item);
	}
	if (ret_known)
		*ret_known = known;
	if (good)
		return values;
	cJSON_Delete(values);
	return NULL;
}

/* qsort() takes no context, and accounts are few: a heap sort of numbers by home, the first account of a home first. */
static bool comes_before(const struct accounts *accounts, size_t a, size_t b)
{
	int order = slice_compare(accounts->items[a].home, accounts->items[b].home);

	return order != 0 ? order < 0 : a < b;
}

static void sift(const struct accounts *accounts, size_t *heap, size_t at, size_t count)
{
	for (size_t child; (child = 2 * at + 1) < count; at = child) {
		size_t top = heap[at];

		if (child + 1 < count && comes_before(accounts, heap[child], heap[child + 1]))
			child++;
		if (!comes_before(accounts, top, heap[child]))
			return;
		heap[at] = heap[child];
		heap[child] = top;
	}
}

static int sort_homes(struct key_material *m, struct error *err)
{
	size_t count = m->accounts.nitems;

	m->by_home = mem_zalloc((count + 1) * sizeof(*m->by_home));
	if (!m->by_home)
		return error_nomem(err);
	for (size_t i = 0; i < count; i++)
		m->by_home[i] = i;
	for (size_t i = count / 2; i > 0; i--)
		sift(&m->accounts, m->by_home, i - 1, count);
	for (size_t i = count; i > 1; i--) {
		size_t last = m->by_home[i - 1];

		m->by_home[i - 1] = m->by_home[0];
		m->by_home[0] = last;
		sift(&m->accounts, m->by_home, 0, i - 1);
	}
	return 0;
}

const struct account *key_material_owner(const struct key_material *m, struct slice path)
{
	static const char folder[] = "/.ssh";
	size_t            low = 0, high = m->accounts.nitems;
	struct slice      home = path;

	while (home.len > 0 && home.ptr[home.len - 1] != '/')
		home.len--;
	if (home.len <= strlen(folder) || memcmp(home.ptr + home.len - 1 - strlen(folder), folder, strlen(folder)) != 0)
		return NULL;
	home.len -= strlen(folder) + 1;
	if (home.len == 0)
		home = slice_of("/");
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (slice_compare(m->accounts.items[m->by_home[middle]].home, home) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == m->accounts.nitems || !slice_equal(m->accounts.items[m->by_home[low]].home, home))
		return NULL;
	return &m->accounts.items[m->by_home[low]];
}

/* "1700000000 +0130" */
static void read_clock(struct key_material *m)
{
	const struct section *s = evidence_find(m->ev, "key_material.clock");
	struct slice          rest = section_is_whole(s) ? s->body : (struct slice){ 0 }, now, zone;
	uint64_t              seconds, east;

	if (!slice_next_word(&rest, &now) || text_parse_unsigned(now, 10, INT32_MAX * UINT64_C(1000), &seconds, NULL) < 0)
		return;
	m->clock.now = (int64_t)seconds;
	zone = slice_trim(rest);
	if (zone.len == 5 && text_parse_unsigned(slice_sub(zone, 1, 4), 10, 2400, &east, NULL) == 0)
		m->clock.offset = (int)(east / 100 * 3600 + east % 100 * 60) * (zone.ptr[0] == '-' ? -1 : 1);
}

/* The tables that a section is about. */
static bool concerns(const struct section *s, const char *table)
{
	bool keys = slice_is(section_arg(s, "mode"), "keys");

	if (strcmp(table, "key_material.authorized") == 0 || strcmp(table, "key_material.ca") == 0)
		return keys;
	return !keys && (slice_is(section_arg(s, "mode"), "host") || strcmp(table, "key_material.private") == 0 || strcmp(table, "key_material.client") == 0);
}

/* What a section that did not come whole hides. */
static int add_fault(struct key_material *m, const char *table, const struct section *s, struct error *err)
{
	char         user[100];
	enum reason  reason = s->ended && s->status == STATUS_CUT ? REASON_TRUNCATED : section_reason(s, REASON_UNSUPPORTED);
	struct slice name = section_arg(s, "user");

	if (name.len > 0)
		return fact_add_unavailable(m->module, table, reason, err, "the files of %s could not be read in time, or not in full", text_clean_into(user, sizeof(user), name));
	return fact_add_unavailable(m->module, table, reason, err, "files with keys could not be read in time, or not in full");
}

/* Everything that makes a table less than whole, besides what its own rows say. */
static int add_faults(struct key_material *m, const char *table, struct error *err)
{
	const struct section *done = evidence_find(m->ev, "key_material.done");
	int                   r = 0;
	unsigned              told = 0;

	if (!section_is_whole(done))
		r = section_add_unavailable(m->module, table, "key_material.done", done, REASON_MISSING, err);
	for (const struct section *s = evidence_find(m->ev, "key_material.files"); r == 0 && s; s = evidence_find_next(m->ev, s))
		if ((!section_is_whole(s)) && concerns(s, table) && told++ < 20)
			r = add_fault(m, table, s, err);
	if (r == 0 && m->files.malformed)
		r = fact_add_unavailable(m->module, table, REASON_PARSE, err, "the collector described files in a way that is not understood");
	return r;
}

/* Homes on a file system that does not answer: nobody has looked into them. */
static int add_hung(struct key_material *m, struct error *err)
{
	static const char *const names[] = { "key_material.authorized", "key_material.private", "key_material.client" };
	size_t                   hung = 0;
	int                      r = 0;

	for (size_t i = 0; i < m->accounts.nitems; i++)
		hung += m->accounts.items[i].hung;
	for (size_t i = 0; r == 0 && hung > 0 && i < countof(names); i++)
		r = fact_add_unavailable(m->module, names[i], REASON_TIMEOUT, err, "the file systems of the homes of %zu accounts do not answer", hung);
	return r;
}

/* What is hidden from the account that looked, and what is not known of the configuration. */
static int add_hidden(struct key_material *m, struct error *err)
{
	int r = add_hung(m, err);

	if (r == 0 && !m->root) {
		r = privilege_add_unavailable(m->module, "key_material.authorized", m->ev, "the keys of other accounts take root", err);
		if (r == 0)
			r = privilege_add_unavailable(m->module, "key_material.private", m->ev, "the keys of other accounts take root", err);
	}
	if (r == 0 && !section_is_whole(m->accounts.passwd))
		r = section_add_unavailable(m->module, "key_material.authorized", "accounts.passwd", m->accounts.passwd, REASON_UNSUPPORTED, err);
	if (r == 0 && m->hidden == REASON_PRIVILEGE)
		r = privilege_add_unavailable(m->module, "key_material.authorized", m->ev, m->why, err);
	else if (r == 0 && m->hidden != REASON_UNKNOWN)
		r = fact_add_unavailable(m->module, "key_material.authorized", m->hidden, err, "%s", m->why);
	return r;
}

static int read_all(struct key_material *m, struct error *err)
{
	int r = accounts_read(m->ev, &m->accounts, err);

	if (r == 0)
		r = sort_homes(m, err);
	if (r == 0)
		r = key_files_read(m->ev, &m->files, err);
	if (r < 0)
		return r;
	read_clock(m);
	return key_effective_make(m->ev, &m->accounts, KEY_LOOKED_LINES, &m->effective, err);
}

static void forget(struct key_material *m)
{
	key_effective_fini(&m->effective);
	key_files_fini(&m->files);
	accounts_fini(&m->accounts);
	mem_free(m->by_home);
}

static int add_tables(struct key_material *m, struct error *err)
{
	static int (*const adders[])(struct key_material * m, struct error * err) = {
		key_authorized_add, key_private_add, key_host_add, key_certificates_add, key_ca_add, key_client_add,
	};
	int r = 0;

	static_assert(countof(adders) == countof(tables), "one for each table");
	for (size_t i = 0; r == 0 && i < countof(adders); i++) {
		r = adders[i](m, err);
		if (r == 0)
			r = add_faults(m, tables[i], err);
	}
	return r < 0 ? r : add_hidden(m, err);
}

/* Nothing came: every table is unavailable for one reason. */
static int add_nothing(const struct evidence *ev, cJSON *module, struct error *err)
{
	const struct section *done = evidence_find(ev, "key_material.done");
	int                   r = 0;

	for (size_t i = 0; r == 0 && i < countof(tables); i++) {
		if (done && done->ended && done->status == STATUS_MISSING)
			r = fact_add_unavailable(module, tables[i], REASON_UNSUPPORTED, err, "the target has no awk that works as POSIX asks");
		else
			r = section_add_unavailable(module, tables[i], "key_material.done", done, REASON_MISSING, err);
	}
	return r;
}

static int extract(const struct evidence *ev, cJSON *module, struct error *err)
{
	struct key_material m = { .ev = ev, .module = module, .root = privilege_is_root(ev) };
	int                 r;

	if (!evidence_find(ev, "key_material.files"))
		return add_nothing(ev, module, err);
	r = read_all(&m, err);
	if (r == 0)
		r = add_tables(&m, err);
	forget(&m);
	return r;
}

#define KEY_FACTS(table, whose)                                                                                                                              \
	{ "key_material." table "[].type", FACT_TEXT, NULL, "type of " whose }, { "key_material." table "[].bits", FACT_INTEGER, "bits", "size of " whose }, \
		{ "key_material." table "[].fingerprint", FACT_TEXT, NULL, "SHA256: fingerprint of " whose },                                                \
		{ "key_material." table "[].md5", FACT_TEXT, NULL, "MD5: fingerprint of " whose ", as old lists have it" },                                  \
		{ "key_material." table "[].published", FACT_BOOLEAN, NULL, "whether a blocklist has " whose },                                              \
	{                                                                                                                                                    \
		"key_material." table "[].published_as", FACT_TEXT, NULL, "what the blocklist says of " whose                                                \
	}

#define ACCOUNT_FACTS(table)                                                                                                                       \
	{ "key_material." table "[].user", FACT_TEXT, NULL, "the account" }, { "key_material." table "[].uid", FACT_INTEGER, NULL, "its number" }, \
		{ "key_material." table "[].root", FACT_BOOLEAN, NULL, "whether that is 0" },                                                      \
		{ "key_material." table "[].system", FACT_BOOLEAN, NULL, "whether that is between 1 and 999" },                                    \
		{ "key_material." table "[].login", FACT_TEXT, NULL, "shell, or no_shell" },                                                       \
	{                                                                                                                                          \
		"key_material." table "[].locked", FACT_BOOLEAN, NULL, "whether its password is locked"                                            \
	}

static const struct fact_spec facts[] = {
	{ "key_material.allow_list", FACT_BOOLEAN, NULL, "whether a list of allowed keys was given (--authorized-keys-allowed)" },

	{ "key_material.authorized", FACT_TABLE, NULL, "lines of the files with authorized keys of every account, blank ones and comments left out" },
	{ "key_material.authorized[].subject", FACT_TEXT, NULL, "the account, file and line" },
	{ "key_material.authorized[].path", FACT_TEXT, NULL, "the file" },
	{ "key_material.authorized[].line", FACT_INTEGER, NULL, "the line" },
	{ "key_material.authorized[].state", FACT_TEXT, NULL, "accepted, expired, or ignored by sshd" },
	{ "key_material.authorized[].why", FACT_TEXT, NULL, "why sshd ignores the line" },
	ACCOUNT_FACTS("authorized"),
	KEY_FACTS("authorized", "the key"),
	{ "key_material.authorized[].comment", FACT_TEXT, NULL, "what stands after the key" },
	{ "key_material.authorized[].options", FACT_LIST, NULL, "options as they are written; of environment= the name only" },
	{ "key_material.authorized[].from", FACT_LIST, NULL, "patterns of from=; absent when any address will do" },
	{ "key_material.authorized[].command", FACT_TEXT, NULL, "the one command the key may run; absent when it may run any" },
	{ "key_material.authorized[].principals", FACT_LIST, NULL, "names of which a certificate must have one" },
	{ "key_material.authorized[].restrict", FACT_BOOLEAN, NULL, "whether the option restrict is set" },
	{ "key_material.authorized[].cert_authority", FACT_BOOLEAN, NULL, "whether the key signs certificates, and does not log in itself" },
	{ "key_material.authorized[].port_forwarding", FACT_BOOLEAN, NULL, "whether the line allows forwarding of ports" },
	{ "key_material.authorized[].agent_forwarding", FACT_BOOLEAN, NULL, "whether the line allows forwarding of an agent" },
	{ "key_material.authorized[].x11_forwarding", FACT_BOOLEAN, NULL, "whether the line allows forwarding of X11" },
	{ "key_material.authorized[].pty", FACT_BOOLEAN, NULL, "whether the line allows a terminal" },
	{ "key_material.authorized[].user_rc", FACT_BOOLEAN, NULL, "whether the line lets ~/.ssh/rc run" },
	{ "key_material.authorized[].touch_required", FACT_BOOLEAN, NULL, "whether a key on hardware has to be touched" },
	{ "key_material.authorized[].verify_required", FACT_BOOLEAN, NULL, "whether a key on hardware has to ask for its PIN" },
	{ "key_material.authorized[].expires", FACT_TEXT, NULL, "when the line ends to count, in UTC; absent when it does not" },
	{ "key_material.authorized[].second_file", FACT_BOOLEAN, NULL, "whether the file is the old authorized_keys2" },
	{ "key_material.authorized[].duplicate", FACT_BOOLEAN, NULL, "whether an earlier line of the account has the same key" },
	{ "key_material.authorized[].allowed", FACT_BOOLEAN, NULL, "whether the list of allowed keys has the key; absent without such a list" },
	{ "key_material.authorized[].owner", FACT_TEXT, NULL, "whose key the list of allowed keys says it is" },

	{ "key_material.private", FACT_TABLE, NULL, "private keys in the .ssh of every account and in /etc/ssh" },
	{ "key_material.private[].subject", FACT_TEXT, NULL, "the file" },
	{ "key_material.private[].path", FACT_TEXT, NULL, "the file" },
	{ "key_material.private[].host_key", FACT_BOOLEAN, NULL, "whether it is a host key" },
	ACCOUNT_FACTS("private"),
	{ "key_material.private[].format", FACT_TEXT, NULL, "openssh, pem-rsa, pem-dsa, pem-ec, pkcs8, pkcs8-encrypted, ppk2, ppk3, other" },
	KEY_FACTS("private", "its public half"),
	{ "key_material.private[].public_from", FACT_TEXT, NULL, "where the public half is from: the file, derived (by ssh-keygen), beside (the .pub file)" },
	{ "key_material.private[].encrypted", FACT_BOOLEAN, NULL, "whether a passphrase protects it" },
	{ "key_material.private[].cipher", FACT_TEXT, NULL, "the cipher, none without a passphrase" },
	{ "key_material.private[].kdf", FACT_TEXT, NULL, "what makes the passphrase a key" },
	{ "key_material.private[].rounds", FACT_INTEGER, NULL, "rounds of that" },

	{ "key_material.host", FACT_TABLE, NULL, "host keys: those that sshd is to use, and those in /etc/ssh" },
	{ "key_material.host[].subject", FACT_TEXT, NULL, "the file" },
	{ "key_material.host[].path", FACT_TEXT, NULL, "the file" },
	{ "key_material.host[].used", FACT_BOOLEAN, NULL, "whether sshd is to use it" },
	{ "key_material.host[].present", FACT_BOOLEAN, NULL, "whether the file is there" },
	KEY_FACTS("host", "the host key"),
	{ "key_material.host[].public_matches", FACT_BOOLEAN, NULL, "whether the .pub file holds the same key" },
	{ "key_material.host[].duplicate", FACT_BOOLEAN, NULL, "whether another host key file holds the same key" },
	{ "key_material.host[].age_days", FACT_INTEGER, "days", "since the file was last written" },

	{ "key_material.certificates", FACT_TABLE, NULL, "certificates of the host keys" },
	{ "key_material.certificates[].subject", FACT_TEXT, NULL, "the file and line" },
	{ "key_material.certificates[].path", FACT_TEXT, NULL, "the file" },
	{ "key_material.certificates[].line", FACT_INTEGER, NULL, "the line" },
	KEY_FACTS("certificates", "the certified key"),
	{ "key_material.certificates[].kind", FACT_TEXT, NULL, "host or user" },
	{ "key_material.certificates[].key_id", FACT_TEXT, NULL, "what the authority calls it" },
	{ "key_material.certificates[].principals", FACT_LIST, NULL, "names it is good for; none means every name" },
	{ "key_material.certificates[].ca", FACT_TEXT, NULL, "fingerprint of the authority's key" },
	{ "key_material.certificates[].valid_until", FACT_TEXT, NULL, "when it ends, in UTC; absent when it does not" },
	{ "key_material.certificates[].expired", FACT_BOOLEAN, NULL, "whether that is past" },

	{ "key_material.ca", FACT_TABLE, NULL, "keys of TrustedUserCAKeys" },
	{ "key_material.ca[].subject", FACT_TEXT, NULL, "the file and line" },
	{ "key_material.ca[].path", FACT_TEXT, NULL, "the file" },
	{ "key_material.ca[].line", FACT_INTEGER, NULL, "the line" },
	{ "key_material.ca[].state", FACT_TEXT, NULL, "accepted, or ignored by sshd" },
	{ "key_material.ca[].why", FACT_TEXT, NULL, "why sshd ignores the line" },
	KEY_FACTS("ca", "the key"),
	{ "key_material.ca[].comment", FACT_TEXT, NULL, "what stands after the key" },

	{ "key_material.client", FACT_TABLE, NULL, "lines of ~/.ssh/config with one of two keywords" },
	{ "key_material.client[].subject", FACT_TEXT, NULL, "the file and line" },
	{ "key_material.client[].path", FACT_TEXT, NULL, "the file" },
	{ "key_material.client[].line", FACT_INTEGER, NULL, "the line" },
	{ "key_material.client[].keyword", FACT_TEXT, NULL, "proxycommand, or stricthostkeychecking where it is no" },
	ACCOUNT_FACTS("client"),
};

const struct check check_key_material = {
	.name = "key_material",
	.member = "key_material",
	.summary = "which keys there are: who lets whom in, what lies where, how strong it is",
	.facts = facts,
	.nfacts = countof(facts),
	.extract = extract,
};
