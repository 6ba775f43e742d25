/* Rulesets in the words of nft and of iptables-save. */
#include "fuzz_checks.h"

#define KERNEL "system Linux\nnf_tables %s\nip_tables %s\nip6_tables absent\nipv6 yes\n%%%%\n\n%%%%\n"

/* The input behind a fixed beginning: what the kernel says, and the mark that the evidence is whole. */
static cJSON *extract(const char *nf_tables, const char *ip_tables, const char *const *heads, const uint8_t *data, size_t size)
{
	struct buf text;
	cJSON     *facts;

	buf_init(&text, 2 * LIMIT_EVIDENCE);
	if (buf_printf(&text, NULL, KERNEL, nf_tables, ip_tables) < 0 || buf_append(&text, data, size, NULL) < 0)
		abort();
	facts = fuzz_extract("firewall", "0", heads, (const uint8_t *)text.ptr, text.len);
	buf_free(&text);
	return facts;
}

/* The verdict is one of four; a closed one names the chain that closes. */
static void check_verdicts(const cJSON *facts)
{
	static const char *const names[] = { "accept", "drop", "reject", "undecided" };
	const cJSON             *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(facts, "input_default")) {
		const char *verdict = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "verdict"));
		const char *where = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "where"));
		size_t      i = 0;

		while (i < countof(names) && verdict && strcmp(verdict, names[i]) != 0)
			i++;
		if (i == countof(names) || !where || (i > 0 && strncmp(where, "no ", 3) == 0))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const nft[] = { "firewall.kernel", "firewall.done", "firewall.nft_tables", "firewall.nft", NULL };
	static const char *const legacy[] = { "firewall.kernel", "firewall.done", "firewall.iptables_save backend=legacy", NULL };
	cJSON                   *facts;

	if (size > LIMIT_EVIDENCE / 2)
		return 0;
	facts = extract("yes", "absent", nft, data, size);
	check_verdicts(facts);
	cJSON_Delete(facts);
	facts = extract("no", "filter", legacy, data, size);
	check_verdicts(facts);
	cJSON_Delete(facts);
	return 0;
}
