/* known_hosts files: the first line of the input is the host that is looked up, the rest is the file. */
#include "fuzz.h"
#include "known_hosts.h"
#include "mem.h"

static const char key[] = "\0\0\0\013ssh-ed25519\0\0\0\040abcdefghijklmnopqrstuvwxyz012345";

static void look_up(const struct known_hosts *kh, const char *host, unsigned port)
{
	struct slice              blob = { .ptr = key, .len = sizeof(key) - 1 };
	struct known_hosts_answer answer = known_hosts_check(kh, host, port, blob);
	struct buf                types;

	if (known_hosts_types(kh, host, port, &types, NULL) < 0)
		return;
	if (types.len > 0 && (answer.match == KNOWN_HOSTS_UNKNOWN || answer.match == KNOWN_HOSTS_CA_ONLY))
		abort();
	if (answer.match == KNOWN_HOSTS_MATCH && !strstr(buf_text(&types), "ssh-ed25519"))
		abort();
	if (answer.match != KNOWN_HOSTS_UNKNOWN && answer.where[0] == '\0')
		abort();
	buf_free(&types);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice        text = { .ptr = (const char *)data, .len = size };
	struct known_hosts *kh = known_hosts_new();
	struct slice        line = { 0 };
	char               *host;

	if (!kh)
		return 0;
	host = slice_next_line(&text, &line, NULL) ? mem_copy_text(line.ptr, line.len) : NULL;
	if (host && known_hosts_parse(kh, text, "fuzz", NULL) == 0) {
		look_up(kh, host, 22);
		look_up(kh, host, 2222);
	}
	mem_free(host);
	known_hosts_free(kh);
	return 0;
}
