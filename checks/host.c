/*
 * host.c: what the host is, and as whom the collector looked at it.
 */
#include "check.h"
#include "limit.h"
#include "privilege.h"
#include "sections.h"

/* A value of os-release(5): bare, or in quotes with backslashes before what the shell would expand. */
static int add_os_value(cJSON *module, const char *name, struct slice value, struct error *err)
{
	struct buf text;
	char       quote = '\0';
	int        r = 0;

	value = slice_trim(value);
	if (value.len >= 2 && (value.ptr[0] == '"' || value.ptr[0] == '\'') && value.ptr[value.len - 1] == value.ptr[0]) {
		quote = value.ptr[0];
		value = slice_sub(value, 1, value.len - 2);
	}
	buf_init(&text, LIMIT_FACT_TEXT);
	for (size_t i = 0; r == 0 && i < value.len; i++) {
		if (value.ptr[i] == '\\' && quote != '\'' && i + 1 < value.len)
			i++;
		r = buf_append(&text, value.ptr + i, 1, err);
	}
	if (r == 0)
		r = fact_add_text(module, name, buf_slice(&text), err);
	buf_free(&text);
	return r;
}

/* The last assignment counts, as it does for a shell. False when there is none. */
static bool find_os_value(struct slice body, const char *key, struct slice *ret_value)
{
	struct slice line;
	bool         found = false;
	size_t       len = strlen(key);

	while (slice_next_line(&body, &line, NULL)) {
		line = slice_trim(line);
		if (slice_has_prefix(line, key) && line.len > len && line.ptr[len] == '=') {
			*ret_value = slice_sub(line, len + 1, line.len);
			found = true;
		}
	}
	return found;
}

static int extract_os(const struct evidence *ev, cJSON *module, struct error *err)
{
	static const struct {
		const char *key;
		const char *name;
		const char *fact;
	} values[] = {
		{ "PRETTY_NAME", "os", "host.os" },
		{ "ID", "os_id", "host.os_id" },
		{ "VERSION_ID", "os_version", "host.os_version" },
	};
	const struct section *s = evidence_find(ev, "host.os_release");
	int                   r = 0;

	for (size_t i = 0; r == 0 && i < countof(values); i++) {
		struct slice value = { 0 };

		if (!section_is_whole(s))
			r = section_add_unavailable(module, values[i].fact, "host.os_release", s, REASON_UNSUPPORTED, err);
		else if (find_os_value(s->body, values[i].key, &value))
			r = add_os_value(module, values[i].name, value, err);
		else
			r = fact_add_unavailable(module, values[i].fact, REASON_UNSUPPORTED, err, "os-release has no %s", values[i].key);
	}
	return r;
}

static int extract_kernel(const struct evidence *ev, cJSON *module, struct error *err)
{
	const struct section *s = evidence_find(ev, "host.uname");

	if (!section_is_whole(s) || slice_trim(s->body).len == 0)
		return section_is_whole(s) ? fact_add_unavailable(module, "host.kernel", REASON_PARSE, err, "uname printed nothing")
		                           : section_add_unavailable(module, "host.kernel", "host.uname", s, REASON_UNSUPPORTED, err);
	return fact_add_text(module, "kernel", slice_trim(s->body), err);
}

/* The line that begins with OpenSSH_, up to the comma before the name of the cryptographic library. */
static bool find_openssh(struct slice body, struct slice *ret_version)
{
	struct slice line;

	while (slice_next_line(&body, &line, NULL)) {
		line = slice_trim(line);
		if (slice_has_prefix(line, "OpenSSH_") && slice_next(&line, ',', ret_version))
			return true;
	}
	return false;
}

/* The usage message that carries the version ends with an exit status of its own, which says nothing. */
static int extract_openssh(const struct evidence *ev, cJSON *module, struct error *err)
{
	const struct section *s = evidence_find(ev, "host.openssh");
	struct slice          version, number;
	int                   r;

	if (!s || !s->ended || !find_openssh(s->body, &version)) {
		const char *why = s ? "neither sshd nor ssh says that it is OpenSSH" : "the evidence has no section host.openssh";

		r = fact_add_unavailable(module, "host.openssh", s ? REASON_UNSUPPORTED : REASON_MISSING, err, "%s", why);
		return r < 0 ? r : fact_add_unavailable(module, "host.openssh_version", s ? REASON_UNSUPPORTED : REASON_MISSING, err, "%s", why);
	}
	r = fact_add_text(module, "openssh", version, err);
	version = slice_sub(version, strlen("OpenSSH_"), version.len);
	if (r < 0 || !slice_next_word(&version, &number))
		return r < 0 ? r : fact_add_unavailable(module, "host.openssh_version", REASON_PARSE, err, "OpenSSH names no version");
	return fact_add_text(module, "openssh_version", number, err);
}

static int extract_login(const struct evidence *ev, cJSON *module, struct error *err)
{
	static const char *const facts[] = { "host.user", "host.privileged", "host.become" };
	const struct section    *s = evidence_find(ev, "collector");
	int                      r = 0;

	if (!section_is_whole(s)) {
		for (size_t i = 0; r == 0 && i < countof(facts); i++)
			r = section_add_unavailable(module, facts[i], "collector", s, REASON_MISSING, err);
		return r;
	}
	r = fact_add_text(module, "user", section_arg(s, "login"), err);
	if (r == 0)
		r = fact_add_boolean(module, "privileged", privilege_is_root(ev), err);
	return r < 0 ? r : fact_add_text(module, "become", section_arg(s, "become"), err);
}

static int extract(const struct evidence *ev, cJSON *module, struct error *err)
{
	int r = extract_os(ev, module, err);

	if (r == 0)
		r = extract_kernel(ev, module, err);
	if (r == 0)
		r = extract_openssh(ev, module, err);
	return r < 0 ? r : extract_login(ev, module, err);
}

static const struct fact_spec facts[] = {
	{ "host.os", FACT_TEXT, NULL, "the operating system, as os-release names it" },
	{ "host.os_id", FACT_TEXT, NULL, "the operating system's short name, e.g. debian" },
	{ "host.os_version", FACT_TEXT, NULL, "the operating system's version, e.g. 12" },
	{ "host.kernel", FACT_TEXT, NULL, "kernel name, release and machine" },
	{ "host.openssh", FACT_TEXT, NULL, "the installed OpenSSH server with its packager's mark" },
	{ "host.openssh_version", FACT_TEXT, NULL, "the version of OpenSSH alone, e.g. 9.2p1" },
	{ "host.user", FACT_TEXT, NULL, "the account that logged in" },
	{ "host.privileged", FACT_BOOLEAN, NULL, "whether the collector ran as root" },
	{ "host.become", FACT_TEXT, NULL, "how the collector became root: sudo, doas, or none" },
};

const struct check check_host = {
	.name = "host",
	.member = "host",
	.summary = "what the host is: operating system, kernel, version of OpenSSH",
	.facts = facts,
	.nfacts = countof(facts),
	.extract = extract,
};
