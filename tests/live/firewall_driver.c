/*
 * firewall_driver.c: what can reach a host, from evidence, for tests/live/firewall_oracle.py.
 *
 *   firewall_driver          streams of evidence on standard input, each after a line with its length
 *
 * Prints each item of firewall.reachable as a line of JSON, then "end", with the reasons where the fact or part of it is unavailable.
 * Exit status: 0, or 2 when the evidence is no use.
 */
#include "check.h"
#include "limit.h"

static void need(int r, const struct error *err)
{
	if (r < 0) {
		fprintf(stderr, "firewall_driver: %s\n", err->text);
		abort();
	}
}

static void print_items(const cJSON *list, const char *before, const char *after)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list) {
		char *text = cJSON_PrintUnformatted(item);

		if (!text)
			abort();
		printf("%s%s%s", before, text, after);
		cJSON_free(text);
	}
}

static int judge(struct buf *stream)
{
	const struct check *check = check_find("firewall");
	struct evidence    *ev;
	struct error        err;
	cJSON              *module = cJSON_CreateObject();

	if (evidence_parse(stream, EVIDENCE_FROM_TARGET, &ev, &err) < 0) {
		fprintf(stderr, "firewall_driver: no evidence: %s\n", err.text);
		cJSON_Delete(module);
		return 2;
	}
	need(check->extract(ev, module, &err), &err);
	print_items(cJSON_GetObjectItemCaseSensitive(module, "reachable"), "", "\n");
	printf("end");
	print_items(cJSON_GetObjectItemCaseSensitive(module, "unavailable"), " ", "");
	printf("\n");
	fflush(stdout);
	cJSON_Delete(module);
	evidence_free(ev);
	return 0;
}

int main(void)
{
	char       line[32];
	struct buf stream;
	int        status = 0;

	while (status == 0 && fgets(line, sizeof(line), stdin)) {
		size_t       len = strtoul(line, NULL, 10);
		struct error err;

		buf_init(&stream, LIMIT_EVIDENCE);
		need(buf_reserve(&stream, len + 1, &err), &err);
		if (fread(stream.ptr, 1, len, stdin) != len)
			status = 2;
		stream.len = len;
		stream.ptr[len] = '\0';
		status = status ? status : judge(&stream);
		buf_free(&stream);
	}
	return status;
}
