/* Rulesets in the words of nft and of iptables-save, with the sets they name, on a host on which things listen. */
#include "fuzz_checks.h"

#define KERNEL  "system Linux\nnf_tables %s\nip_tables %s\nip6_tables absent\nipv6 yes\n%%%%\n\n%%%%\n"
#define SOCKETS "tcp LISTEN 0 128 *:22 *:* users:((\"sshd\",pid=1,fd=3))\nudp UNCONN 0 0 192.0.2.10:53 0.0.0.0:*\n\n%%%%\n"
#define OWN     "1: lo inet 127.0.0.1/8\n2: eth0 inet 192.0.2.10/24\n2: eth0 inet6 2001:db8::10/64\n\n%%%%\n"

/* The input behind a fixed beginning: what the kernel says, and the mark that the evidence is whole. */
static cJSON *extract(const char *nf_tables, const char *ip_tables, const char *const *heads, const uint8_t *data, size_t size)
{
	struct buf text;
	cJSON     *facts;

	buf_init(&text, 2 * LIMIT_EVIDENCE);
	if (buf_printf(&text, NULL, KERNEL SOCKETS OWN, nf_tables, ip_tables) < 0 || buf_append(&text, data, size, NULL) < 0)
		abort();
	facts = fuzz_extract("firewall", "0", heads, (const uint8_t *)text.ptr, text.len);
	buf_free(&text);
	return facts;
}

/* An outcome is one of four, has its conditions, and says what decides. */
static void check_reachable(const cJSON *facts)
{
	static const char *const names[] = { "open", "restricted", "closed", "undecided" };
	const cJSON             *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(facts, "reachable")) {
		const char *outcome = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "outcome"));
		const char *decided = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "decided_by"));
		const int   conditions = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(item, "conditions"));
		size_t      i = 0;

		while (i < countof(names) && outcome && strcmp(outcome, names[i]) != 0)
			i++;
		if (i == countof(names) || !decided || !decided[0] || (conditions > 0) != (i == 1))
			abort();
	}
}

/* The verdict is one of four; a closed one names what closes. */
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
		if (i == countof(names) || !where)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const nft[] = { "firewall.kernel", "firewall.done", "firewall.sockets tool=ss", "firewall.addresses tool=ip", "firewall.nft_tables", "firewall.nft", NULL };
	static const char *const legacy[] = { "firewall.kernel", "firewall.done", "firewall.sockets tool=ss", "firewall.addresses tool=ip", "firewall.iptables_save backend=legacy", "firewall.ipset", NULL };
	cJSON                   *facts;

	if (size > LIMIT_EVIDENCE / 2)
		return 0;
	facts = extract("yes", "absent", nft, data, size);
	check_verdicts(facts);
	check_reachable(facts);
	cJSON_Delete(facts);
	facts = extract("no", "filter", legacy, data, size);
	check_verdicts(facts);
	check_reachable(facts);
	cJSON_Delete(facts);
	return 0;
}
