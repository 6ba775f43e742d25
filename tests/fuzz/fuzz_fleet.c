/*
 * fuzz_fleet.c: any bytes as a journal whose keys are asked about. What is taken can be answered in every format, and the JSON is JSON. Every
 * value that the walk over bytes (journal_raw.h) gives of a JSON object is the one cJSON finds there.
 */
#include "answer.h"
#include "fuzz.h"
#include "journal_raw.h"

/* The bytes as a file without a name. */
static int file_of(const uint8_t *data, size_t size)
{
	char name[] = "/tmp/sshvet-fuzz-XXXXXX";
	int  fd = mkstemp(name);

	if (fd < 0 || unlink(name) < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	return fd;
}

static void check_json(FILE *out)
{
	static char text[1u << 20];
	size_t      len;
	cJSON      *json;

	rewind(out);
	len = fread(text, 1, sizeof(text), out);
	if (len == sizeof(text))
		return;
	json = cJSON_ParseWithLength(text, len);
	if (!json)
		abort();
	cJSON_Delete(json);
}

static void write_all(struct answer *answer)
{
	for (size_t i = 0; answer_formats[i]; i++) {
		FILE        *out = tmpfile();
		struct error err;

		if (!out || answer_formats[i]->write(answer, out, &err) < 0)
			abort();
		if (strcmp(answer_formats[i]->name, "json") == 0)
			check_json(out);
		fclose(out);
	}
}

static void ask(const char *path, bool encrypted)
{
	struct fleet *fleet;
	struct paths *paths;
	struct error  err;

	if (fleet_open(&path, 1, &fleet, &err) < 0)
		return;
	if (paths_find(fleet, &(struct paths_options){ .encrypted = encrypted }, &paths, &err) < 0)
		abort();
	write_all(&(struct answer){ .fleet = fleet, .paths = paths, .limit = encrypted ? FLEET_NONE : 2, .encrypted = encrypted, .gates = 31 });
	paths_free(paths);
	fleet_free(fleet);
}

static bool is_same(const cJSON *a, const cJSON *b)
{
	char *left = cJSON_PrintUnformatted(a);
	char *right = cJSON_PrintUnformatted(b);
	bool  same = left && right && strcmp(left, right) == 0;

	cJSON_free(left);
	cJSON_free(right);
	return same;
}

/* The members that cJSON sees, one by one. */
static void compare(const cJSON *object, struct slice text)
{
	struct journal_raw raw;
	struct slice       name;
	struct slice       value;
	const cJSON       *child = object->child;

	if (!journal_raw_begin(&raw, text))
		abort();
	for (; journal_raw_next(&raw, &name, &value) > 0; child = child->next) {
		cJSON *parsed = cJSON_ParseWithLength(value.ptr, value.len);

		if (!child || !parsed || !is_same(parsed, child))
			abort();
		cJSON_Delete(parsed);
		if ((cJSON_IsObject(child) || cJSON_IsArray(child)) && value.len < 4096)
			compare(child, value);
	}
	if (child)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char  *text = (const char *)data;
	const char  *end = NULL;
	struct slice line = { .ptr = text, .len = size };
	char         name[32];
	cJSON       *json;
	int          fd = file_of(data, size);

	snprintf(name, sizeof(name), "/dev/fd/%d", fd);
	ask(name, false);
	ask(name, true);
	close(fd);
	if (memchr(text, '\n', size))
		line.len = (size_t)((const char *)memchr(text, '\n', size) - text);
	json = memchr(text, '\0', line.len) ? NULL : cJSON_ParseWithLengthOpts(text, line.len, &end, false);
	if ((cJSON_IsObject(json) || cJSON_IsArray(json)) && end == text + line.len && text[0] != '\xef') /* a mark of byte order: cJSON skips it */
		compare(json, line);
	cJSON_Delete(json);
	return 0;
}
