/*
 * key_private.c: private keys, host keys and their certificates, certification authorities, and what ~/.ssh/config says of host keys.
 */
#include "key_material.h"

#include "limit.h"
#include "private_header.h"
#include "privilege.h"
#include "reader.h"
#include "text.h"

static const char host_folder[] = "/etc/ssh/";

static bool is_host_name(struct slice path)
{
	static const char begin[] = "/etc/ssh/ssh_host_", end[] = "_key";

	return slice_has_prefix(path, begin) && path.len > strlen(begin) + strlen(end) && slice_is(slice_sub(path, path.len - strlen(end), SIZE_MAX), end);
}

static bool is_listed(const cJSON *values, struct slice path)
{
	const cJSON *value;

	cJSON_ArrayForEach(value, values) {
		if (slice_is(path, value->valuestring))
			return true;
	}
	return false;
}

static int add_words(cJSON *item, const struct private_header *header, struct error *err)
{
	int r = fact_add_text(item, "format", slice_of(header->format), err);

	if (r == 0 && header->cipher.len > 0)
		r = fact_add_text(item, "cipher", header->cipher, err);
	if (r == 0 && header->kdf.len > 0)
		r = fact_add_text(item, "kdf", header->kdf, err);
	if (r == 0 && header->rounds > 0)
		r = fact_add_integer(item, "rounds", (int64_t)header->rounds, err);
	if (r < 0)
		return r;
	if (header->encrypted == PRIVATE_UNKNOWN)
		return fact_add_unavailable(item, "encrypted", REASON_PARSE, err, "the file is damaged, or of a kind that is not known");
	return fact_add_boolean(item, "encrypted", header->encrypted == PRIVATE_ENCRYPTED, err);
}

/* The public half: of the file itself, else what ssh-keygen told, else what lies beside it. */
static int find_half(const struct key_private *p, const struct private_header *header, struct arena *arena, struct slice *ret_blob, const char **ret_from,
                     struct error *err)
{
	static const struct authorized_clock clock = { 0 };
	struct authorized_key                key;
	int                                  r;

	*ret_blob = header->blob;
	*ret_from = "file";
	if (header->blob.len > 0)
		return 0;
	*ret_from = p->derived.len > 0 ? "derived" : "beside";
	r = authorized_key_parse(p->derived.len > 0 ? p->derived : p->beside, &clock, arena, &key, err);
	if (r == 0 && !key.empty && key.key.type.len > 0)
		*ret_blob = key.blob;
	return r;
}

static int add_half(cJSON *item, const struct key_private *p, const struct private_header *header, struct arena *arena, struct error *err)
{
	static const char *const names[] = { "bits", "fingerprint" };
	struct slice             blob;
	const char              *from;
	int                      r = find_half(p, header, arena, &blob, &from, err);

	if (r == 0 && blob.len > 0) {
		r = key_material_add_key(item, blob, err);
		return r < 0 ? r : fact_add_text(item, "public_from", slice_of(from), err);
	}
	if (r == 0 && header->type)
		r = fact_add_text(item, "type", slice_of(header->type), err);
	else if (r == 0)
		r = fact_add_unavailable(item, "type", REASON_UNSUPPORTED, err, "nothing in clear in the file tells the type of the key");
	for (size_t i = 0; r == 0 && i < countof(names); i++)
		r = fact_add_unavailable(item, names[i], REASON_UNSUPPORTED, err, "nothing in clear in the file tells the public half of the key");
	return r;
}

static int add_private(struct key_material *m, cJSON *table, const struct key_private *p, const cJSON *host_keys, struct error *err)
{
	const struct account *account = key_material_owner(m, p->path);
	struct arena          arena = { 0 };
	struct private_header header;
	struct error          why;
	cJSON                *item = key_material_item(table, NULL, p->path, 0);
	int                   r = item ? 0 : error_nomem(err), parsed;

	if (r == 0)
		r = fact_add_boolean(item, "host_key", is_host_name(p->path) || is_listed(host_keys, p->path), err);
	if (r == 0 && account)
		r = fact_add_text(item, "user", account->name, err);
	if (r == 0 && account)
		r = key_material_add_account(item, m, account, err);
	if (r == 0 && !account)
		r = fact_add_boolean(item, "root", slice_has_prefix(p->path, "/root/"), err);
	if (r < 0)
		return r;
	parsed = private_header_parse(p->record, &arena, &header, &why);
	if (parsed == 0)
		r = add_words(item, &header, err);
	if (parsed == 0 && r == 0)
		r = add_half(item, p, &header, &arena, err);
	arena_free(&arena);
	if (parsed == ERR_NOMEM)
		return error_nomem(err);
	for (size_t i = 0; parsed < 0 && r == 0 && i < 4; i++)
		r = fact_add_unavailable(item, (const char *const[]){ "format", "encrypted", "type", "bits" }[i], REASON_PARSE, err, "%s", why.text);
	return r;
}

int key_private_add(struct key_material *m, struct error *err)
{
	cJSON *table = fact_add_array(m->module, "private"), *host_keys = key_material_values(m, SSHD_hostkey, NULL);
	int    r = table && host_keys ? 0 : error_nomem(err);

	for (size_t i = 0; r == 0 && i < m->files.nprivates && i < KEY_MATERIAL_ROWS; i++)
		r = add_private(m, table, &m->files.privates[i], host_keys, err);
	cJSON_Delete(host_keys);
	if (r == 0 && m->files.nprivates > KEY_MATERIAL_ROWS)
		r = fact_add_unavailable(m->module, "key_material.private", REASON_TRUNCATED, err, "there are more than %u private keys", KEY_MATERIAL_ROWS);
	return r;
}

/* Whether a folder of the host itself hides a file from who looked. */
static int add_present(cJSON *item, const struct key_material *m, struct slice path, bool found, struct error *err)
{
	for (const struct section *s = evidence_find(m->ev, "key_material.age"); s && !found; s = evidence_find_next(m->ev, s))
		found = slice_equal(section_arg(s, "path"), path);
	if (!found && !m->root)
		return privilege_add_unavailable(item, "present", m->ev, "whether the file is there", err);
	return fact_add_boolean(item, "present", found, err);
}

static int add_age(cJSON *item, const struct key_material *m, struct slice path, struct error *err)
{
	const struct section *s = evidence_find(m->ev, "key_material.age");
	uint64_t              written;

	while (s && !slice_equal(section_arg(s, "path"), path))
		s = evidence_find_next(m->ev, s);
	if (!s || s->status != 0 || m->clock.now == 0 || text_parse_unsigned(section_arg(s, "time"), 10, INT32_MAX * UINT64_C(100), &written, NULL) < 0)
		return fact_add_unavailable(item, "age_days", REASON_UNSUPPORTED, err, "the target did not tell when the file was written");
	return fact_add_integer(item, "age_days", (m->clock.now - (int64_t)written) / 86400, err);
}

/* The first key in PATH.pub; an empty blob when there is none. */
static int read_public(const struct key_material *m, struct slice path, struct arena *arena, struct slice *ret_blob, struct error *err)
{
	char                  *name = arena_alloc(arena, path.len + sizeof(".pub"));
	const struct key_file *file;
	struct slice           rest, text;
	struct authorized_key  key;
	uint64_t               line;
	int                    r = 0;

	*ret_blob = (struct slice){ 0 };
	if (!name)
		return error_nomem(err);
	memcpy(name, path.ptr, path.len);
	memcpy(name + path.len, ".pub", sizeof(".pub"));
	file = key_files_find(&m->files, slice_of(name));
	rest = file ? file->lines : (struct slice){ 0 };
	while (r == 0 && ret_blob->len == 0 && key_file_next(&rest, &line, &text)) {
		r = authorized_key_parse(text, &m->clock, arena, &key, err);
		if (r == 0 && !key.empty && key.key.type.len > 0)
			*ret_blob = key.blob;
	}
	return r;
}

static int add_no_key(cJSON *item, const struct key_material *m, struct error *err)
{
	static const char *const names[] = { "type", "bits", "fingerprint" };
	int                      r = 0;

	for (size_t i = 0; r == 0 && i < countof(names); i++)
		r = fact_add_unavailable(item, names[i], privilege_reason(m->ev), err, "neither the key nor its .pub file can be read");
	return r;
}

/* The key itself where it can be read, else what the .pub file says it is. */
static int add_host_key(cJSON *item, const struct key_material *m, struct slice path, struct error *err)
{
	const struct key_private *p = key_files_find_private(&m->files, path);
	struct private_header     header = { 0 };
	struct arena              arena = { 0 };
	struct slice              pub = { 0 }, own = { 0 };
	const char               *from;
	struct error              why;
	int                       r = read_public(m, path, &arena, &pub, err);

	if (r == 0 && p && private_header_parse(p->record, &arena, &header, &why) == 0)
		r = find_half(p, &header, &arena, &own, &from, err);
	if (r == 0 && own.len > 0 && pub.len > 0)
		r = fact_add_boolean(item, "public_matches", slice_equal(own, pub), err);
	if (r == 0 && (own.len > 0 || pub.len > 0))
		r = key_material_add_key(item, own.len > 0 ? own : pub, err);
	else if (r == 0)
		r = add_no_key(item, m, err);
	arena_free(&arena);
	return r < 0 ? r : add_present(item, m, path, p != NULL, err);
}

/* `values`: what HostKey is; NULL when nobody knows. */
static int add_host(struct key_material *m, cJSON *table, struct slice path, const cJSON *values, struct error *err)
{
	cJSON *item = key_material_item(table, NULL, path, 0);
	int    r = item ? 0 : error_nomem(err);

	if (r == 0 && values)
		r = fact_add_boolean(item, "used", is_listed(values, path), err);
	else if (r == 0)
		r = privilege_add_unavailable(item, "used", m->ev, "which host keys sshd is to use", err);
	if (r == 0)
		r = add_host_key(item, m, path, err);
	return r < 0 ? r : add_age(item, m, path, err);
}

static bool has_path(const cJSON *table, struct slice path)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, table) {
		if (slice_is(path, cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "path"))))
			return true;
	}
	return false;
}

/* The same key under two names is one key less than it looks. */
static int add_twins(cJSON *table, struct error *err)
{
	cJSON *item, *other;
	int    r = 0;

	cJSON_ArrayForEach(item, table) {
		const char *fingerprint = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "fingerprint"));
		bool        twin = false;

		cJSON_ArrayForEach(other, table) {
			const char *its = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(other, "fingerprint"));

			twin |= other != item && its && fingerprint && strcmp(its, fingerprint) == 0;
		}
		if (r == 0 && fingerprint)
			r = fact_add_boolean(item, "duplicate", twin, err);
	}
	return r;
}

#define HOST_KEYS 256 /* more is no host */

/* /etc/ssh/ssh_host_…_key, private or, where that cannot be read, as the name before .pub. */
static int add_found(struct key_material *m, cJSON *table, const cJSON *values, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < m->files.nprivates; i++)
		if (is_host_name(m->files.privates[i].path) && !has_path(table, m->files.privates[i].path) && cJSON_GetArraySize(table) < HOST_KEYS)
			r = add_host(m, table, m->files.privates[i].path, values, err);
	for (size_t i = 0; r == 0 && i < m->files.nfiles; i++) {
		struct slice path = m->files.files[i].path;

		if (path.len < 4 || !slice_is(slice_sub(path, path.len - 4, 4), ".pub"))
			continue;
		path.len -= 4;
		if (is_host_name(path) && !has_path(table, path) && cJSON_GetArraySize(table) < HOST_KEYS)
			r = add_host(m, table, path, values, err);
	}
	return r;
}

int key_host_add(struct key_material *m, struct error *err)
{
	bool         known = false;
	cJSON       *table = fact_add_array(m->module, "host"), *values = key_material_values(m, SSHD_hostkey, &known);
	const cJSON *value;
	int          r = table && values ? 0 : error_nomem(err);

	cJSON_ArrayForEach(value, values) {
		if (r == 0 && value->valuestring[0] == '/' && !has_path(table, slice_of(value->valuestring)) && cJSON_GetArraySize(table) < HOST_KEYS)
			r = add_host(m, table, slice_of(value->valuestring), values, err);
	}
	if (r == 0)
		r = add_found(m, table, known ? values : NULL, err);
	cJSON_Delete(values);
	return r < 0 ? r : add_twins(table, err);
}

static int add_principals(cJSON *item, struct slice packed, struct error *err)
{
	cJSON       *list = fact_add_array(item, "principals");
	struct slice name;
	int          r = list ? 0 : error_nomem(err);

	while (r == 0 && reader_string(&packed, &name))
		r = fact_list_append(list, name, err);
	return r;
}

static int add_validity(cJSON *item, const struct key_material *m, const struct public_key_certificate *c, struct error *err)
{
	char      text[40];
	struct tm tm;
	time_t    t = (time_t)c->valid_before;
	int       r;

	if (c->valid_before == UINT64_MAX)
		return fact_add_boolean(item, "expired", false, err);
	if (c->valid_before > INT32_MAX * UINT64_C(1000) || !gmtime_r(&t, &tm) || strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return fact_add_unavailable(item, "expired", REASON_PARSE, err, "the certificate ends at a time that is none");
	r = fact_add_text(item, "valid_until", slice_of(text), err);
	if (r < 0)
		return r;
	if (m->clock.now == 0)
		return fact_add_unavailable(item, "expired", REASON_UNSUPPORTED, err, "the target did not tell what time it is");
	return fact_add_boolean(item, "expired", (int64_t)c->valid_before < m->clock.now, err);
}

static int add_certificate(struct key_material *m, cJSON *table, struct slice path, uint64_t line, struct slice blob, struct error *err)
{
	struct public_key_certificate c;
	char                          fingerprint[FINGERPRINT_SIZE];
	cJSON                        *item;
	int                           r;

	if (public_key_parse_certificate(blob, &c, NULL) < 0)
		return 0;
	item = key_material_item(table, NULL, path, line);
	r = item ? key_material_add_key(item, blob, err) : error_nomem(err);
	public_key_fingerprint(c.ca, fingerprint);
	if (r == 0)
		r = fact_add_text(item, "kind", slice_of(c.host ? "host" : "user"), err);
	if (r == 0)
		r = fact_add_text(item, "key_id", c.key_id, err);
	if (r == 0)
		r = fact_add_text(item, "ca", slice_of(fingerprint), err);
	if (r == 0)
		r = add_principals(item, c.principals, err);
	return r < 0 ? r : add_validity(item, m, &c, err);
}

int key_certificates_add(struct key_material *m, struct error *err)
{
	cJSON *table = fact_add_array(m->module, "certificates"), *values = key_material_values(m, SSHD_hostcertificate, NULL);
	int    r = table && values ? 0 : error_nomem(err);

	for (size_t i = 0; r == 0 && i < m->files.nfiles; i++) {
		const struct key_file *file = &m->files.files[i];
		struct slice           rest = file->lines, text;
		uint64_t               line;

		if (!slice_has_prefix(file->path, host_folder) && !is_listed(values, file->path))
			continue;
		while (r == 0 && cJSON_GetArraySize(table) < HOST_KEYS && key_file_next(&rest, &line, &text)) {
			struct arena          arena = { 0 };
			struct authorized_key key;

			r = authorized_key_parse(text, &m->clock, &arena, &key, err);
			if (r == 0 && !key.empty && key.key.certificate)
				r = add_certificate(m, table, file->path, line, key.blob, err);
			arena_free(&arena);
		}
	}
	cJSON_Delete(values);
	return r;
}

static int add_authority(struct key_material *m, cJSON *table, struct slice path, uint64_t line, struct slice text, struct error *err)
{
	struct arena          arena = { 0 };
	struct authorized_key key = { .empty = true };
	cJSON                *item = NULL;
	int                   r = authorized_key_parse(text, &m->clock, &arena, &key, err);

	if (r == 0 && !(key.empty && text.len > 0) && !(item = key_material_item(table, NULL, path, line)))
		r = error_nomem(err);
	if (r == 0 && item)
		r = fact_add_text(item, "state", slice_of(key.empty || key.why ? "ignored" : "accepted"), err);
	if (r == 0 && item && (key.empty || key.why))
		r = fact_add_text(item, "why", slice_of(key.empty ? "it holds no key" : key.why), err);
	if (r == 0 && item && key.key.type.len > 0)
		r = key_material_add_key(item, key.blob, err);
	if (r == 0 && item && key.key.type.len > 0)
		r = fact_add_text(item, "comment", key.comment, err);
	arena_free(&arena);
	return r;
}

static int add_authorities(struct key_material *m, cJSON *table, struct slice path, struct error *err)
{
	const struct key_file *file = key_files_find(&m->files, path);
	struct slice           rest = file ? file->lines : (struct slice){ 0 }, text;
	uint64_t               line;
	cJSON                 *item;
	int                    r = 0;

	while (r == 0 && cJSON_GetArraySize(table) < (int)KEY_MATERIAL_ROWS && key_file_next(&rest, &line, &text))
		r = add_authority(m, table, path, line, text, err);
	if (r < 0 || (file && file->state == KEY_FILE_READ) || (!file && m->root))
		return r;
	item = key_material_item(table, NULL, path, 0);
	return item ? fact_add_unavailable(item, "state", m->root ? REASON_TRUNCATED : REASON_PRIVILEGE, err, "the file cannot be read, or not in full") : error_nomem(err);
}

/* Every TrustedUserCAKeys there is, in Match blocks too: the collector has listed them. */
int key_ca_add(struct key_material *m, struct error *err)
{
	const struct section *looked = evidence_find(m->ev, "key_material.looked");
	struct slice          rest = looked ? looked->body : (struct slice){ 0 }, line, word;
	cJSON                *table = fact_add_array(m->module, "ca");
	struct buf            path;
	int                   r = table ? 0 : error_nomem(err);

	buf_init(&path, LIMIT_EVIDENCE);
	while (r == 0 && slice_next_line(&rest, &line, NULL)) {
		if (!slice_next_word(&line, &word) || !slice_is(word, "trustedusercakeys"))
			continue;
		buf_clear(&path);
		if (text_percent_decode(&path, slice_trim(line), NULL) == 0)
			r = add_authorities(m, table, buf_slice(&path), err);
	}
	buf_free(&path);
	return r;
}

int key_client_add(struct key_material *m, struct error *err)
{
	cJSON *table = fact_add_array(m->module, "client");
	int    r = table ? 0 : error_nomem(err);

	for (size_t i = 0; r == 0 && i < m->files.nsettings && i < KEY_MATERIAL_ROWS; i++) {
		const struct key_setting *setting = &m->files.settings[i];
		const struct account     *account = key_material_owner(m, setting->path);
		cJSON                    *item = key_material_item(table, account, setting->path, setting->line);

		r = item ? fact_add_text(item, "keyword", setting->keyword, err) : error_nomem(err);
		if (r == 0 && account)
			r = key_material_add_account(item, m, account, err);
	}
	return r;
}
