/* What a server sends before encryption starts: KEXINIT against itself and against a client of our own, and the identification line. */
#include "fuzz.h"
#include "kexinit.h"

static const struct kexinit client = {
	.lists = {
		[KEXINIT_KEX] = { "curve25519-sha256,ext-info-c", 28 },
		[KEXINIT_HOST_KEY] = { "ssh-ed25519", 11 },
		[KEXINIT_CIPHER_CLIENT_TO_SERVER] = { "aes256-gcm@openssh.com,aes256-ctr", 33 },
		[KEXINIT_CIPHER_SERVER_TO_CLIENT] = { "aes256-gcm@openssh.com,aes256-ctr", 33 },
		[KEXINIT_MAC_CLIENT_TO_SERVER] = { "hmac-sha2-256", 13 },
		[KEXINIT_MAC_SERVER_TO_CLIENT] = { "hmac-sha2-256", 13 },
		[KEXINIT_COMPRESSION_CLIENT_TO_SERVER] = { "none", 4 },
		[KEXINIT_COMPRESSION_SERVER_TO_CLIENT] = { "none", 4 },
	},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice          bytes = { .ptr = (const char *)data, .len = size };
	struct kexinit        k;
	struct identification id;

	if (kexinit_parse(bytes, &k, NULL) == 0) {
		enum kexinit_list own = kexinit_first_mismatch(&k, &k);

		/* A server agrees with itself in every list that has a name in it. */
		if (own != KEXINIT_LISTS && k.lists[own].len > 0 && own != KEXINIT_KEX)
			abort();
		if (kexinit_first_mismatch(&client, &k) > KEXINIT_LISTS)
			abort();
	}
	if (identification_parse(bytes, &id, NULL) == 0 && (id.software.len == 0 || id.protocol.len == 0))
		abort();
	return 0;
}
