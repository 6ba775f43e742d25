/*
 * firewall_driver.c: what the firewall module says of evidence, in batch: thousands of rulesets in one process.
 *
 *   firewall_driver FILE…     each a stream of evidence
 *   firewall_driver           streams on standard input, each after a line with its length
 *
 * For each stream one line: the facts of the module as JSON. A stream that is no evidence gives {"error": "…"}. Exit status: 0, or 2 when one
 * was no evidence.
 */
#include "check.h"
#include "limit.h"

static void need(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "firewall_driver: %s\n", what);
		abort();
	}
}

static int print_error(const struct error *err)
{
	cJSON *error = cJSON_CreateObject();
	char  *text;

	need(error && cJSON_AddStringToObject(error, "error", err->text), "out of memory");
	text = cJSON_PrintUnformatted(error);
	need(text != NULL, "out of memory");
	puts(text);
	cJSON_free(text);
	cJSON_Delete(error);
	return 2;
}

static int answer(struct buf *stream)
{
	struct evidence *ev = NULL;
	struct error     err = { 0 };
	cJSON           *facts = cJSON_CreateObject();
	char            *text;
	int              status = 0;

	need(facts != NULL, "out of memory");
	if (evidence_parse(stream, EVIDENCE_SAVED, &ev, &err) < 0 || check_find("firewall")->extract(ev, facts, &err) < 0) {
		status = print_error(&err);
	} else {
		text = cJSON_PrintUnformatted(facts);
		need(text != NULL, "out of memory");
		puts(text);
		cJSON_free(text);
	}
	fflush(stdout);
	cJSON_Delete(facts);
	evidence_free(ev);
	return status;
}

static int answer_input(void)
{
	char line[32];
	int  status = 0;

	while (fgets(line, sizeof(line), stdin)) {
		const unsigned long len = strtoul(line, NULL, 10);
		struct buf          stream;
		int                 r;

		buf_init(&stream, LIMIT_EVIDENCE);
		need(buf_reserve(&stream, len + 1, NULL) == 0 && fread(stream.ptr, 1, len, stdin) == len, "the input breaks off");
		stream.len = len;
		stream.ptr[len] = '\0';
		r = answer(&stream);
		status = r > status ? r : status;
		buf_free(&stream);
	}
	return status;
}

static int answer_file(const char *path)
{
	FILE      *f = fopen(path, "r");
	struct buf stream;
	char       chunk[65536];
	size_t     n;
	int        status;

	need(f != NULL, "a file cannot be opened");
	buf_init(&stream, LIMIT_EVIDENCE);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		need(buf_append(&stream, chunk, n, NULL) == 0, "a file is too large");
	fclose(f);
	status = answer(&stream);
	buf_free(&stream);
	return status;
}

int main(int argc, char **argv)
{
	int status = argc < 2 ? answer_input() : 0;

	for (int i = 1; i < argc; i++) {
		const int r = answer_file(argv[i]);

		status = r > status ? r : status;
	}
	return status;
}
