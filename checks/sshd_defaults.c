#include "sshd_defaults.h"

#include "sections.h"

enum {
	DEBIAN = 1,
	REDHAT = 2,
	ALPINE = 4,
	FREEBSD = 8,
	PLAIN = DEBIAN | ALPINE,
	LINUX = PLAIN | REDHAT,
	ANY = LINUX | FREEBSD,
};

static const struct {
	sshd_release first;
	sshd_release last;
	unsigned     vendors;
	const char  *line;
} defaults[] = {
#define DEFAULT(first, last, vendors, line) { first, last, vendors, line },
#include "sshd_defaults.def"
#undef DEFAULT
};

static const struct {
	const char *id; /* of os-release */
	const char *vendor;
	unsigned    number;
} vendors[] = {
	{ "debian", "Debian", DEBIAN },     { "ubuntu", "Debian", DEBIAN }, { "raspbian", "Debian", DEBIAN }, { "rhel", "Red Hat", REDHAT },
	{ "almalinux", "Red Hat", REDHAT }, { "rocky", "Red Hat", REDHAT }, { "centos", "Red Hat", REDHAT },  { "ol", "Red Hat", REDHAT },
	{ "alpine", "Alpine", ALPINE },     { "freebsd", "FreeBSD", FREEBSD },
};

/* The value of ID, without quotes; the last assignment counts. */
static struct slice find_id(struct slice body)
{
	static const char key[] = "ID=";
	struct slice      line, id = { 0 };

	while (slice_next_line(&body, &line, NULL)) {
		line = slice_trim(line);
		if (slice_has_prefix(line, key))
			id = slice_sub(line, strlen(key), line.len);
	}
	if (id.len >= 2 && (id.ptr[0] == '"' || id.ptr[0] == '\'') && id.ptr[id.len - 1] == id.ptr[0])
		id = slice_sub(id, 1, id.len - 2);
	return id;
}

const char *sshd_defaults_vendor(const struct evidence *ev)
{
	const struct section *s = evidence_find(ev, "host.os_release");
	struct slice          id = section_is_whole(s) ? find_id(s->body) : (struct slice){ 0 };

	for (size_t i = 0; i < countof(vendors); i++)
		if (slice_is(id, vendors[i].id))
			return vendors[i].vendor;
	return NULL;
}

int sshd_defaults_read(struct sshd_config *config, sshd_release release, const char *vendor, struct error *err)
{
	unsigned number = 0;
	int      r = 0;

	for (size_t i = 0; vendor && i < countof(vendors); i++)
		if (strcmp(vendors[i].vendor, vendor) == 0)
			number = vendors[i].number;
	for (size_t i = 0; r == 0 && i < countof(defaults); i++)
		if (release >= defaults[i].first && release <= defaults[i].last && (defaults[i].vendors & number) != 0)
			r = sshd_config_read_dump(config, slice_of(defaults[i].line), err);
	return r;
}
