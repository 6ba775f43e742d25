/* What is stored and what is live, of everybody who loads rules. The input is cut in two at a line with %%. */
#include "fuzz_checks.h"

#include "firewall_lines.h"

/* What a parser took is found again by its name, and its texts are whole. */
static void check(struct firewall_lines *lines, int r)
{
	for (size_t i = 0; r == 0 && i < lines->nchains; i++) {
		const struct firewall_lines_chain *chain = &lines->chains[i];

		if (firewall_lines_find(lines, chain->name) != chain || !chain->head || strncmp(chain->name, chain->table, strlen(chain->table)) != 0)
			abort();
		for (size_t k = 0; k < chain->nrules; k++)
			if (strlen(chain->rules[k]) > LIMIT_EVIDENCE)
				abort();
	}
	firewall_lines_fini(lines);
}

static void parse(struct slice text)
{
	struct firewall_lines lines = { 0 };
	struct error          err;

	check(&lines, firewall_lines_nft(&lines, text, &err));
	check(&lines, firewall_lines_iptables(&lines, text, FIREWALL_IPV4, &err));
	check(&lines, firewall_lines_iptables(&lines, text, FIREWALL_IPV6, &err));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const nft[] = { "firewall.kernel", "firewall.done", "firewall.boot", "firewall.nft_text", "firewall.disk path=/etc/nftables.conf", NULL };
	static const char *const tables[] = { "firewall.kernel", "firewall.done", "firewall.boot", "firewall.iptables_save backend=legacy", "firewall.disk path=/etc/iptables/rules.v4", NULL };
	static const char *const zones[] = { "firewall.kernel", "firewall.done", "firewall.firewalld", "firewall.firewalld_live", "firewall.firewalld_stored", NULL };
	static const struct {
		const char        *before;
		const char *const *heads;
	} kinds[] = {
		{ "system Linux\nnf_tables no\nip_tables absent\nip6_tables absent\nipv6 yes\n%%\n\n%%\nnftables.service enabled\n%%\n", nft },
		{ "system Linux\nnf_tables no\nip_tables filter\nip6_tables absent\nipv6 yes\n%%\n\n%%\nnetfilter-persistent.service enabled\n%%\n", tables },
		{ "system Linux\nnf_tables no\nip_tables absent\nip6_tables absent\nipv6 yes\n%%\n\n%%\nactive\n%%\n", zones },
	};

	if (size > LIMIT_EVIDENCE / 2)
		return 0;
	parse((struct slice){ .ptr = (const char *)data, .len = size });
	for (size_t i = 0; i < countof(kinds); i++) {
		struct buf text;

		buf_init(&text, LIMIT_EVIDENCE);
		if (buf_append_text(&text, kinds[i].before, NULL) < 0 || buf_append(&text, data, size, NULL) < 0)
			abort();
		cJSON_Delete(fuzz_extract("firewall", "0", kinds[i].heads, (const uint8_t *)text.ptr, text.len));
		buf_free(&text);
	}
	return 0;
}
