/* A zone of firewalld, the active zones, its configuration; and what is loaded at boot. */
#include "fuzz_checks.h"

#define KERNEL "system Linux\nnf_tables no\nip_tables absent\nip6_tables absent\nipv6 yes\n%%\n\n%%\nactive\n%%\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const heads[] = { "firewall.kernel", "firewall.done", "firewall.firewalld", "firewall.firewalld_zone path=/etc/firewalld/zones/x.xml",
		                             "firewall.firewalld_zones", "firewall.firewalld_conf", "firewall.boot", "firewall.ufw", "firewall.ufw_defaults", "firewall.disk path=/etc/nftables.conf", NULL };
	struct buf               text;

	if (size > LIMIT_EVIDENCE / 2)
		return 0;
	buf_init(&text, 2 * LIMIT_EVIDENCE);
	if (buf_append_text(&text, KERNEL, NULL) < 0 || buf_append(&text, data, size, NULL) < 0)
		abort();
	cJSON_Delete(fuzz_extract("firewall", "0", heads, (const uint8_t *)text.ptr, text.len));
	buf_free(&text);
	return 0;
}
