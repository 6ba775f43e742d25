/*
 * effective_driver.c: hold what we make of sshd's configuration against what sshd itself says, for recorded evidence.
 *
 *   effective_driver FILE…     each a stream of evidence
 *   effective_driver           streams on standard input, each after a line with its length; the verdict on each ends with a line "end"
 *
 * Sections "oracle.answer" hold what sshd -T -C printed for one connection, which their arguments describe. Three things are demanded: the
 * value of every keyword is sshd's; from the files, with and without the table of defaults, it is sshd's or unknown; and some context of the facts has all of sshd's values.
 * Disagreements are printed one a line. Exit status: 0 there was none, 1 there was one, 2 the evidence is no use.
 */
#include "limit.h"
#include "mem.h"
#include "sections.h"
#include "sshd_reading.h"
#include "sshd_value.h"
#include "text.h"

#define MAX_GROUPS 64

struct tally {
	unsigned long values, unknown, wrong, answers;
};

static void need(int r, const struct error *err)
{
	if (r < 0) {
		fprintf(stderr, "effective_driver: %s\n", err->text);
		abort();
	}
}

/* What was said of a connection; `groups` has room for MAX_GROUPS. */
static struct sshd_connection connection_of(const struct section *answer, struct slice *groups)
{
	struct sshd_connection c = {
		.user = section_arg(answer, "user"), .host = section_arg(answer, "host"), .address = section_arg(answer, "address"), .local_address = section_arg(answer, "local_address"), .rdomain = section_arg(answer, "rdomain"), .groups = groups
	};
	struct slice names = section_arg(answer, "groups");
	uint64_t     port = 0;

	c.user_exists = slice_is(section_arg(answer, "exists"), "yes");
	if (section_arg(answer, "local_port").ptr && text_parse_unsigned(section_arg(answer, "local_port"), 10, 65535, &port, NULL) < 0)
		abort();
	c.local_port = (unsigned)port;
	while (c.ngroups < MAX_GROUPS && slice_next(&names, ',', &groups[c.ngroups]))
		c.ngroups++;
	return c;
}

/* Every keyword sshd printed, as facts. */
static cJSON *facts_of_answer(struct slice answer)
{
	static const sshd_contexts   whole[] = { true };
	const struct sshd_value_base base = { 0 };
	struct sshd_config           config;
	struct error                 err;
	cJSON                       *facts = cJSON_CreateObject();

	need(sshd_config_init(&config, 0, &err), &err);
	need(sshd_config_read_dump(&config, answer, &err), &err);
	for (size_t i = 0; i < SSHD_KEYWORDS; i++) {
		struct sshd_setting setting = sshd_effective_find(&config, whole, (enum sshd_keyword)i);

		setting.from_dump = true;
		if (setting.first != SSHD_NONE || sshd_keyword_kind((enum sshd_keyword)i) == SSHD_MANY)
			need(sshd_value_add(facts, &setting, &base, &err), &err);
	}
	sshd_config_fini(&config);
	return facts;
}

static cJSON *facts_of_set(const struct reading *reading, const sshd_contexts *set)
{
	struct error err;
	cJSON       *facts = cJSON_CreateObject();

	for (size_t i = 0; i < SSHD_KEYWORDS; i++)
		need(sshd_reading_add(facts, reading, set, (enum sshd_keyword)i, &err), &err);
	return facts;
}

/* As sshd prints it: a word with a blank in it looks like two. */
static char *print(const cJSON *value)
{
	const cJSON *word;
	struct buf   text;

	if (!cJSON_IsArray(value))
		return cJSON_PrintUnformatted(value);
	buf_init(&text, LIMIT_FACT_TEXT);
	cJSON_ArrayForEach(word, value)
		need(buf_printf(&text, NULL, " %s", word->valuestring), &(struct error){ .text = "too large" });
	if (text.len == 0)
		need(buf_append_text(&text, " ", NULL), &(struct error){ .text = "too large" });
	return buf_detach(&text);
}

static bool is_same(const cJSON *ours, const cJSON *theirs)
{
	char *a = print(ours), *b = print(theirs);
	bool  same = a && b && strcmp(a, b) == 0;

	cJSON_free(a);
	cJSON_free(b);
	return same;
}

static void complain(struct tally *tally, const char *what, unsigned long answer, const char *keyword, const cJSON *ours, const cJSON *theirs)
{
	char *a = ours ? cJSON_PrintUnformatted(ours) : NULL, *b = theirs ? cJSON_PrintUnformatted(theirs) : NULL;

	printf("%s: answer %lu: %s: ours %s, sshd's %s\n", what, answer, keyword, a ? a : "nothing", b ? b : "nothing");
	tally->wrong++;
	cJSON_free(a);
	cJSON_free(b);
}

/* What is unknown is not wrong, but is counted, so that it cannot become the rule. */
static void compare(struct tally *tally, const char *what, const cJSON *ours, const cJSON *theirs)
{
	const cJSON *value;

	cJSON_ArrayForEach(value, theirs) {
		const cJSON *mine = cJSON_GetObjectItemCaseSensitive(ours, value->string);

		if (strcmp(value->string, "unavailable") == 0)
			continue;
		tally->values++;
		if (!mine)
			tally->unknown++;
		else if (!is_same(mine, value))
			complain(tally, what, tally->answers, value->string, mine, value);
	}
}

static bool covers(const cJSON *context, const cJSON *theirs)
{
	const cJSON *value;

	cJSON_ArrayForEach(value, theirs) {
		const cJSON *mine = cJSON_GetObjectItemCaseSensitive(context, value->string);

		if (strcmp(value->string, "unavailable") != 0 && mine && !is_same(mine, value))
			return false;
	}
	return true;
}

static void demand_context(struct tally *tally, const struct reading *reading, cJSON *const *contexts, const cJSON *theirs)
{
	bool found = reading->plan.more;

	for (size_t i = 0; !found && i < reading->plan.nsets; i++)
		found = covers(contexts[i], theirs);
	if (!found)
		complain(tally, "no context", tally->answers, "all", NULL, theirs);
}

static void judge_answer(struct tally *tally, struct reading *reading, cJSON *const *contexts, const struct section *answer)
{
	struct slice           groups[MAX_GROUPS];
	struct sshd_connection connection = connection_of(answer, groups);
	sshd_contexts         *set = mem_zalloc(reading->files.ncontexts * sizeof(*set));
	cJSON                 *theirs = facts_of_answer(answer->body), *ours;
	struct tally           aside = { .answers = tally->answers };
	struct reading         tabled;
	struct error           err;

	sshd_effective_satisfied(&reading->files, &connection, sshd_reading_version(reading->ev), set);
	ours = facts_of_set(reading, set);
	compare(tally, "with the dump", ours, theirs);
	cJSON_Delete(ours);

	reading->dumped = false;
	ours = facts_of_set(reading, set);
	compare(&aside, "from the files", ours, theirs);
	cJSON_Delete(ours);
	tabled = *reading;
	need(sshd_config_init(&tabled.defaults, 0, &err), &err);
	need(sshd_reading_use_table(&tabled, &err), &err);
	ours = facts_of_set(&tabled, set);
	compare(&aside, "from the files and the table", ours, theirs);
	tally->wrong += aside.wrong;
	cJSON_Delete(ours);
	sshd_config_fini(&tabled.defaults);
	reading->dumped = true;

	demand_context(tally, reading, contexts, theirs);
	cJSON_Delete(theirs);
	mem_free(set);
	tally->answers++;
}

static int judge(struct buf *stream, struct tally *tally)
{
	struct evidence   *ev;
	struct reading     reading;
	struct error       err;
	cJSON            **contexts;
	struct sshd_daemon daemons[SSHD_DAEMONS_MAX];

	if (evidence_parse(stream, EVIDENCE_FROM_TARGET, &ev, &err) < 0) {
		printf("no evidence: %s\n", err.text);
		return 2;
	}
	(void)sshd_daemon_find(ev, daemons);
	need(sshd_reading_make(ev, &daemons[0], &reading, &err), &err);
	contexts = mem_zalloc(reading.plan.nsets * sizeof(*contexts));
	for (size_t i = 0; i < reading.plan.nsets; i++)
		contexts[i] = facts_of_set(&reading, sshd_plan_set(&reading.plan, i));
	for (const struct section *s = evidence_find(ev, "oracle.answer"); s; s = evidence_find_next(ev, s))
		judge_answer(tally, &reading, contexts, s);
	for (size_t i = 0; i < reading.plan.nsets; i++)
		cJSON_Delete(contexts[i]);
	mem_free(contexts);
	printf("sets %zu%s\n", reading.plan.nsets, reading.plan.more ? " and more" : "");
	sshd_reading_fini(&reading);
	evidence_free(ev);
	return 0;
}

static int judge_input(struct tally *tally)
{
	char          line[32];
	unsigned long len;
	struct buf    stream;
	struct error  err;
	int           status = 0;

	while (status == 0 && fgets(line, sizeof(line), stdin)) {
		buf_init(&stream, LIMIT_EVIDENCE);
		len = strtoul(line, NULL, 10);
		need(buf_reserve(&stream, len + 1, &err), &err);
		if (fread(stream.ptr, 1, len, stdin) != len)
			return 2;
		stream.len = len;
		stream.ptr[len] = '\0';
		*tally = (struct tally){ 0 };
		status = judge(&stream, tally);
		printf("end %lu %lu %lu %lu\n", tally->answers, tally->values, tally->unknown, tally->wrong);
		fflush(stdout);
		buf_free(&stream);
	}
	return status;
}

int main(int argc, char **argv)
{
	struct tally tally = { 0 };
	int          status = argc < 2 ? judge_input(&tally) : 0;

	for (int i = 1; status == 0 && i < argc; i++) {
		FILE      *f = fopen(argv[i], "r");
		struct buf stream;
		char       chunk[4096];
		size_t     n;

		buf_init(&stream, LIMIT_EVIDENCE);
		while (f && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
			need(buf_append(&stream, chunk, n, NULL), &(struct error){ .text = "too large" });
		if (f)
			fclose(f);
		printf("%s\n", argv[i]);
		status = judge(&stream, &tally);
		buf_free(&stream);
	}
	if (argc >= 2)
		printf("%lu answers, %lu values, %lu unknown, %lu wrong\n", tally.answers, tally.values, tally.unknown, tally.wrong);
	return status != 0 ? status : tally.wrong > 0;
}
