#include "firewall_pf.h"

#include "sections.h"
#include "text.h"

struct rule {
	const char *verdict; /* NULL: it is about something in particular, or goes out */
	bool        quick;
	bool        four, six;
};

/* Words that narrow nothing. `from any to any` is `all`; flags and states are about connections, not about who makes them. */
static bool is_plain(struct slice word)
{
	static const char *const words[] = { "in", "log", "all", "from", "any", "to", "flags", "S/SA", "keep", "state", "drop", "return", "inet", "inet6", "quick", "label" };

	for (size_t i = 0; i < countof(words); i++)
		if (slice_is(word, words[i]))
			return true;
	return false;
}

/* "block drop in log quick all", "pass in all flags S/SA keep state". */
static struct rule read_rule(struct slice line)
{
	struct rule  rule = { .four = true, .six = true };
	struct slice word;
	const char  *verdict = NULL;
	bool         narrow = false;

	if (!slice_next_word(&line, &word))
		return rule;
	if (slice_is(word, "pass"))
		verdict = "accept";
	else if (slice_is(word, "block"))
		verdict = "drop";
	while (slice_next_word(&line, &word)) {
		if (slice_is(word, "return") && verdict && verdict[0] == 'd')
			verdict = "reject";
		rule.quick = rule.quick || slice_is(word, "quick");
		rule.four = rule.four && !slice_is(word, "inet6");
		rule.six = rule.six && !slice_is(word, "inet");
		narrow = narrow || !is_plain(word);
	}
	rule.verdict = narrow ? NULL : verdict;
	return rule;
}

/* What the rules about everything come to. A rule that passes something in particular does not change the default; one that is not understood is such a rule. */
static const char *find_default(struct slice rules, bool six, struct slice *ret_line)
{
	struct slice line;
	const char  *verdict = "accept";

	*ret_line = (struct slice){ 0 };
	while (slice_next_line(&rules, &line, NULL)) {
		const struct rule rule = read_rule(line);

		if (!rule.verdict || !(six ? rule.six : rule.four))
			continue;
		verdict = rule.verdict;
		*ret_line = line;
		if (rule.quick)
			break;
	}
	return verdict;
}

static int add_default(cJSON *table, struct slice rules, bool active, bool six, struct error *err)
{
	const char  *name = six ? "IPv6" : "IPv4";
	struct slice line = { 0 };
	const char  *verdict = active ? find_default(rules, six, &line) : "accept";
	cJSON       *item = fact_table_append(table);
	char         where[200] = "pf: no rule is about everything", clean[160];
	int          r = item ? fact_add_text(item, "subject", slice_of(name), err) : error_nomem(err);

	if (!active)
		snprintf(where, sizeof(where), "pf is not enabled");
	else if (line.len > 0)
		snprintf(where, sizeof(where), "pf: %s", text_clean_into(clean, sizeof(clean), line));
	if (r == 0)
		r = fact_add_text(item, "family", slice_of(name), err);
	if (r == 0)
		r = fact_add_text(item, "verdict", slice_of(verdict), err);
	return r < 0 ? r : fact_add_text(item, "where", slice_of(where), err);
}

int firewall_pf_add(cJSON *module, const struct evidence *ev, struct error *err)
{
	const struct section *info = evidence_find(ev, "firewall.pf_info"), *rules = evidence_find(ev, "firewall.pf");
	struct slice          body, line;
	bool                  active = false;
	cJSON                *list, *table;
	int                   r;

	for (body = info->body; slice_next_line(&body, &line, NULL);)
		active = active || slice_has_prefix(line, "Status: Enabled");
	list = fact_add_array(module, "backends");
	table = fact_add_array(module, "input_default");
	r = list && table ? fact_list_append(list, slice_of("pf"), err) : error_nomem(err);
	if (r == 0)
		r = fact_add_boolean(module, "active", active, err);
	if (r == 0)
		r = add_default(table, rules->body, active, false, err);
	return r < 0 ? r : add_default(table, rules->body, active, true, err);
}
