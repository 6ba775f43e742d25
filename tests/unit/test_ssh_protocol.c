#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check.h"
#include "file.h"
#include "limit.h"
#include "text.h"
#include "yaml.h"

#define N       "0123456789abcdef0123456789abcdef"
#define START   "sshvet-evidence 1 " N "\n"
#define ED25519 "0000000b7373682d65643235353139" \
		"00000020"                       \
		"0000000000000000000000000000000000000000000000000000000000000000"

/* Of that key, by ssh-keygen -l. */
#define ED25519_SHA256 "kmYcvdi2GkPeWxB6XLjrZB8JHsy2Hm8luHMFp9GMvqk"

/* Facts of the items of the table. */
#define ITEM "host_keys[]."

extern const struct check check_ssh_protocol;

/* What is true of a module without items of tables. */
#define TOP_FACTS 21

static const char *const sections[] = { "wire.identification", "wire.kexinit", "wire.host_key" };

static void append_section(struct buf *stream, const char *name, const char *body, const char *end)
{
	assert_int_equal(buf_printf(stream, NULL, N " begin %s\n%s\n" N " end %s %s\n", name, body, name, end), 0);
}

/* The facts of a stream of the given bodies (NULL: no such section), which end with `end`. */
static cJSON *facts_of(const char *const *bodies, const char *end)
{
	struct error     err = { 0 };
	struct evidence *ev = NULL;
	cJSON           *module = cJSON_CreateObject();
	struct buf       stream;

	buf_init(&stream, LIMIT_EVIDENCE);
	assert_int_equal(buf_append_text(&stream, START, NULL), 0);
	for (size_t i = 0; i < countof(sections); i++) {
		if (bodies[i])
			append_section(&stream, sections[i], bodies[i], end);
	}
	assert_int_equal(evidence_parse(&stream, EVIDENCE_SAVED, &ev, &err), 0);
	assert_int_equal(check_ssh_protocol.extract(ev, module, &err), 0);
	evidence_free(ev);
	return module;
}

static struct buf captured_hex(void)
{
	struct buf bytes;
	struct buf hex;

	assert_int_equal(file_read(TESTS_DIR "/fuzz/corpus/fuzz_kexinit/openssh-9.2-server-aead", LIMIT_KEXINIT, FILE_ANY, &bytes, NULL), 0);
	buf_init(&hex, 2 * LIMIT_KEXINIT);
	assert_int_equal(text_hex_encode(&hex, buf_slice(&bytes), NULL), 0);
	buf_free(&bytes);
	return hex;
}

static void assert_fact(const cJSON *module, const char *name, const char *want)
{
	char *got = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(module, name));

	if (!got || strcmp(got, want) != 0)
		fail_msg("%s is %s, not %s", name, got ? got : "absent", want);
	cJSON_free(got);
}

static void test_facts(void **state)
{
	struct buf  hex = captured_hex();
	const char *bodies[] = { "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10", buf_text(&hex), ED25519 };
	cJSON      *module = facts_of(bodies, "0");

	(void)state;
	assert_fact(module, "identification", "\"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\"");
	assert_fact(module, "protocol", "\"2.0\"");
	assert_fact(module, "software", "\"OpenSSH_9.2p1\"");
	assert_fact(module, "comments", "\"Debian-2+deb12u10\"");
	assert_fact(module, "kex_algorithms", "[\"sntrup761x25519-sha512@openssh.com\",\"curve25519-sha256\"]");
	assert_fact(module, "host_key_algorithms", "[\"ssh-ed25519\",\"rsa-sha2-512\",\"rsa-sha2-256\"]");
	assert_fact(module, "ciphers_client_to_server", "[\"chacha20-poly1305@openssh.com\",\"aes256-gcm@openssh.com\"]");
	assert_fact(module, "ciphers_server_to_client", "[\"chacha20-poly1305@openssh.com\",\"aes256-gcm@openssh.com\"]");
	assert_fact(module, "compression_client_to_server", "[\"none\",\"zlib@openssh.com\"]");
	assert_fact(module, "openssh_version", "\"9.2p1\"");
	assert_fact(module, "distribution_revision", "\"Debian-2+deb12u10\"");
	assert_fact(module, "strict_kex", "true");
	assert_fact(module, "terrapin_pairs", "[]");
	assert_fact(module, "post_quantum_kex_offered", "true");
	assert_fact(module, "post_quantum_kex_preferred", "true");
	assert_fact(module, "compression_before_authentication", "false");
	assert_fact(module, "host_key_certificate_algorithms", "[]");
	assert_fact(module, "host_keys",
	            "[{\"subject\":\"ssh-ed25519\",\"type\":\"ssh-ed25519\",\"bits\":256,"
	            "\"fingerprint\":\"SHA256:" ED25519_SHA256 "\",\"certificate\":false}]");
	assert_null(cJSON_GetObjectItemCaseSensitive(module, "unavailable"));
	assert_int_equal(cJSON_GetArraySize(module), TOP_FACTS);
	cJSON_Delete(module);
	buf_free(&hex);
}

static bool is_of_certificate(const char *name)
{
	return strcmp(name, "ssh_protocol." ITEM "principals") == 0 || strcmp(name, "ssh_protocol." ITEM "ca") == 0 ||
	       strcmp(name, "ssh_protocol." ITEM "valid_until") == 0;
}

/* Where the value of a fact's type is what its specification says, and the name is its member and nothing else. */
static void test_specification(void **state)
{
	struct buf  hex = captured_hex();
	const char *bodies[] = { "SSH-2.0-OpenSSH_9.2p1 Debian-2", buf_text(&hex), ED25519 };
	cJSON      *module = facts_of(bodies, "0");

	(void)state;
	for (size_t i = 0; i < check_ssh_protocol.nfacts; i++) {
		const struct fact_spec *spec = &check_ssh_protocol.facts[i];
		struct slice            name = slice_of(spec->name);
		struct slice            member;
		const cJSON            *value;

		assert_true(slice_next(&name, '.', &member));
		assert_true(slice_is(member, check_ssh_protocol.member));
		if (is_of_certificate(spec->name))
			continue;
		value = strncmp(name.ptr, ITEM, strlen(ITEM)) == 0
		                ? cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(module, "host_keys")->child, name.ptr + strlen(ITEM))
		                : cJSON_GetObjectItemCaseSensitive(module, name.ptr);
		assert_non_null(value);
		assert_int_equal(cJSON_IsString(value), spec->type == FACT_TEXT);
		assert_int_equal(cJSON_IsArray(value), spec->type == FACT_LIST || spec->type == FACT_TABLE);
		assert_int_equal(cJSON_IsNumber(value), spec->type == FACT_INTEGER);
		assert_int_equal(cJSON_IsBool(value), spec->type == FACT_BOOLEAN);
	}
	cJSON_Delete(module);
	buf_free(&hex);
}

/* Nothing but `unavailable`, with every fact of the module once, for the same reason. */
static void assert_all_unavailable(const cJSON *module, const char *reason)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(module, "unavailable");

	assert_int_equal(cJSON_GetArraySize(module), 1);
	assert_int_equal(cJSON_GetArraySize(list), TOP_FACTS);
	for (int i = 0; i < cJSON_GetArraySize(list); i++) {
		const cJSON *item = cJSON_GetArrayItem(list, i);

		assert_string_equal(cJSON_GetObjectItemCaseSensitive(item, "fact")->valuestring, check_ssh_protocol.facts[i].name);
		assert_string_equal(cJSON_GetObjectItemCaseSensitive(item, "reason")->valuestring, reason);
		assert_true(cJSON_GetObjectItemCaseSensitive(item, "message")->valuestring[0] != '\0');
	}
}

static void test_unavailable(void **state)
{
	static const struct {
		const char *bodies[3];
		const char *end;
		const char *reason;
	} cases[] = {
		{ { NULL, NULL, NULL }, "0", "missing" },
		{ { "SSH-2.0-x", "14", ED25519 }, "124", "timeout" },
		{ { "SSH-2.0-x", "14", ED25519 }, "0 truncated", "truncated" },
		{ { "SSH-2.0-x", "14", ED25519 }, "1", "parse" },
		{ { "", "", "" }, "0", "parse" },
		{ { "HTTP/1.1 400", "zz", "1" }, "0", "parse" },
		{ { "SSH-2.0-x\r", "14", ED25519 "00" }, "0", "parse" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		cJSON *module = facts_of(cases[i].bodies, cases[i].end);

		assert_all_unavailable(module, cases[i].reason);
		cJSON_Delete(module);
	}
}

/* One section that cannot be used takes nothing from the others. */
static void test_one_malformed(void **state)
{
	const char *bodies[] = { "SSH-2.0-x", "14", ED25519 };
	cJSON      *module = facts_of(bodies, "0");

	(void)state;
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(module, "unavailable")), 14);
	assert_fact(module, "software", "\"x\"");
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(module, "host_keys")), 1);
	assert_null(cJSON_GetObjectItemCaseSensitive(module, "strict_kex"));
	cJSON_Delete(module);
}

#define KEXINIT(kex) "14"                                                                                                                      \
		     "00000000000000000000000000000000" kex "00000000000000000000000000000000000000000000000000000000000000000000000000000000" \
		     "00"

/* Not offered is false; it takes a whole KEXINIT to say so. What a client would say is not the server's offer. */
static void test_strict_kex(void **state)
{
	static const struct {
		const char *kexinit;
		const char *strict;
		const char *kex;
	} cases[] = {
		{ KEXINIT("0000000178"), "false", "[\"x\"]" },
		{ KEXINIT("00000000"), "false", "[]" },
		{ KEXINIT("0000001b"
		          "6b65782d7374726963742d732d763030406f70656e7373682e636f6d"),
		  NULL, NULL },
		{ KEXINIT("0000001b"
		          "6b65782d7374726963742d732d763030406f70656e7373682e636f"),
		  "false",
		  "[\"kex-strict-s-v00@openssh.co\"]" },
		{ KEXINIT("0000001e"
		          "782c6b65782d7374726963742d732d763030406f70656e7373682e636f6d"),
		  "true", "[\"x\"]" },
		{ KEXINIT("0000001e"
		          "782c6b65782d7374726963742d632d763030406f70656e7373682e636f6d"),
		  "false", "[\"x\"]" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const char *bodies[] = { "SSH-2.0-x", cases[i].kexinit, ED25519 };
		cJSON      *module = facts_of(bodies, "0");

		if (cases[i].strict) {
			assert_fact(module, "strict_kex", cases[i].strict);
			assert_fact(module, "kex_algorithms", cases[i].kex);
		} else {
			assert_null(cJSON_GetObjectItemCaseSensitive(module, "strict_kex"));
		}
		cJSON_Delete(module);
	}
}

/* The version is OpenSSH's own, and the revision that of the package; other servers have neither. */
static void test_openssh(void **state)
{
	static const struct {
		const char *line;
		const char *version;
		const char *revision;
	} cases[] = {
		{ "SSH-2.0-OpenSSH_8.4p1 Debian-5+deb11u3", "\"8.4p1\"", "\"Debian-5+deb11u3\"" },
		{ "SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13.5 and more", "\"9.6p1\"", "\"Ubuntu-3ubuntu13.5\"" },
		{ "SSH-2.0-OpenSSH_9.7 FreeBSD-20240806", "\"9.7\"", "\"FreeBSD-20240806\"" },
		{ "SSH-2.0-OpenSSH_8.7", "\"8.7\"", NULL },
		{ "SSH-2.0-OpenSSH_for_Windows_9.5", NULL, NULL },
		{ "SSH-2.0-OpenSSH_", NULL, NULL },
		{ "SSH-2.0-dropbear_2022.83", NULL, NULL },
		{ "SSH-2.0-tinyssh_20230101 Xe3iGLAq", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const char *bodies[] = { cases[i].line, NULL, NULL };
		cJSON      *module = facts_of(bodies, "0");

		if (cases[i].version)
			assert_fact(module, "openssh_version", cases[i].version);
		else
			assert_null(cJSON_GetObjectItemCaseSensitive(module, "openssh_version"));
		if (cases[i].revision)
			assert_fact(module, "distribution_revision", cases[i].revision);
		else
			assert_null(cJSON_GetObjectItemCaseSensitive(module, "distribution_revision"));
		cJSON_Delete(module);
	}
}

static void append_list(struct buf *payload, const char *names)
{
	size_t        n = strlen(names);
	unsigned char length[4] = { (unsigned char)(n >> 24), (unsigned char)(n >> 16), (unsigned char)(n >> 8), (unsigned char)n };

	assert_int_equal(buf_append(payload, length, sizeof(length), NULL), 0);
	assert_int_equal(buf_append(payload, names, n, NULL), 0);
}

/* The facts of a KEXINIT with these lists: key exchange, host key, ciphers, MACs and compression, the last three per direction. */
static cJSON *facts_of_lists(const char *const lists[8])
{
	static const char cookie[17] = { 20 };
	struct buf        payload;
	struct buf        hex;
	cJSON            *module;

	buf_init(&payload, LIMIT_KEXINIT);
	buf_init(&hex, 2 * LIMIT_KEXINIT);
	assert_int_equal(buf_append(&payload, cookie, sizeof(cookie), NULL), 0);
	for (size_t i = 0; i < 8; i++)
		append_list(&payload, lists[i]);
	append_list(&payload, "");
	append_list(&payload, "");
	assert_int_equal(buf_append(&payload, "\0\0\0\0", 5, NULL), 0);
	assert_int_equal(text_hex_encode(&hex, buf_slice(&payload), NULL), 0);
	module = facts_of((const char *[]){ "SSH-2.0-x", buf_text(&hex), NULL }, "0");
	buf_free(&payload);
	buf_free(&hex);
	return module;
}

#define CHACHA "chacha20-poly1305@openssh.com"
#define ETM    "hmac-sha2-256-etm@openssh.com"

static void test_derived(void **state)
{
	static const struct {
		const char *lists[8];
		const char *pairs;
		const char *offered;
		const char *preferred;
		const char *compression;
		const char *certificates;
	} cases[] = {
		{ { "curve25519-sha256", "ssh-ed25519", "aes128-ctr," CHACHA, CHACHA, ETM, ETM, "none", "none" }, "[\"" CHACHA "\"]", "false", "false", "false", "[]" },
		{ { "curve25519-sha256,kex-strict-s-v00@openssh.com", "ssh-ed25519", CHACHA ",aes128-cbc", CHACHA, ETM, ETM, "none", "none" }, "[]", "false", "false", "false", "[]" },
		{ { "mlkem768x25519-sha256,curve25519-sha256", "ssh-ed25519", "aes128-cbc,3des-cbc", "aes128-ctr", "hmac-sha1," ETM, ETM, "none,zlib@openssh.com", "none" },
		  "[\"aes128-cbc with " ETM "\",\"3des-cbc with " ETM "\"]",
		  "true",
		  "true",
		  "false",
		  "[]" },
		{ { "ext-info-s,sntrup761x25519-sha512@openssh.com", "ssh-ed25519-cert-v01@openssh.com,ssh-rsa,ssh-rsa-cert-v00@openssh.com", "aes128-cbc", "aes128-ctr", "hmac-sha1", ETM, "none", "zlib" },
		  "[]",
		  "true",
		  "true",
		  "true",
		  "[\"ssh-ed25519-cert-v01@openssh.com\",\"ssh-rsa-cert-v00@openssh.com\"]" },
		{ { "curve25519-sha256,sntrup761x25519-sha512@openssh.com", "x", "aes128-ctr", "rijndael-cbc@lysator.liu.se", "hmac-sha1", ETM, "zlib", "none" },
		  "[\"rijndael-cbc@lysator.liu.se with " ETM "\"]",
		  "true",
		  "false",
		  "true",
		  "[]" },
		{ { "", "", "", "", "", "", "", "" }, "[]", "false", "false", "false", "[]" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		cJSON *module = facts_of_lists(cases[i].lists);

		assert_fact(module, "terrapin_pairs", cases[i].pairs);
		assert_fact(module, "post_quantum_kex_offered", cases[i].offered);
		assert_fact(module, "post_quantum_kex_preferred", cases[i].preferred);
		assert_fact(module, "compression_before_authentication", cases[i].compression);
		assert_fact(module, "host_key_certificate_algorithms", cases[i].certificates);
		cJSON_Delete(module);
	}
}

/* A server that offers millions of pairs gets neither the time nor a short list. */
static void test_too_many_pairs(void **state)
{
	struct buf ciphers;
	struct buf macs;
	cJSON     *module;

	(void)state;
	buf_init(&ciphers, LIMIT_KEXINIT);
	buf_init(&macs, LIMIT_KEXINIT);
	for (int i = 0; i < 600; i++) {
		assert_int_equal(buf_printf(&ciphers, NULL, "%s%d-cbc", i > 0 ? "," : "", i), 0);
		assert_int_equal(buf_printf(&macs, NULL, "%s%d-etm@openssh.com", i > 0 ? "," : "", i), 0);
	}
	module = facts_of_lists((const char *[]){ "x", "x", ciphers.ptr, "x", macs.ptr, "x", "x", "x" });
	assert_null(cJSON_GetObjectItemCaseSensitive(module, "terrapin_pairs"));
	assert_fact(cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(module, "unavailable"), 0), "fact", "\"ssh_protocol.terrapin_pairs\"");
	assert_fact(module, "strict_kex", "false");
	cJSON_Delete(module);
	buf_free(&ciphers);
	buf_free(&macs);
}

/* What this module takes for post-quantum is what the table of the rules says of every key exchange. */
static void test_table_agrees(void **state)
{
	struct yaml            *file;
	struct buf              text;
	struct error            err = { 0 };
	const struct yaml_node *kex;
	size_t                  post_quantum = 0;

	(void)state;
	assert_int_equal(file_read(SOURCE_DIR "/rules/library/algorithms.yaml", LIMIT_RULE_FILE, FILE_ANY, &text, &err), 0);
	assert_int_equal(yaml_parse(buf_slice(&text), "algorithms.yaml", &file, &err), 0);
	kex = yaml_get(yaml_get(yaml_root(file), "algorithms"), "kex");
	assert_true(yaml_count(kex) > 50);
	for (size_t i = 0; i < yaml_count(kex); i++) {
		const char *name = yaml_text(yaml_key(kex, i));
		bool        want = yaml_get(yaml_value(kex, i), "post_quantum") != NULL;
		cJSON      *module = facts_of_lists((const char *[]){ name, "x", "x", "x", "x", "x", "x", "x" });

		assert_fact(module, "post_quantum_kex_offered", want ? "true" : "false");
		post_quantum += want;
		cJSON_Delete(module);
	}
	assert_in_range(post_quantum, 5, 50);
	yaml_free(file);
	buf_free(&text);
}

static void test_unknown_host_key(void **state)
{
	const char *bodies[] = { "SSH-2.0-x", NULL, "00000003666f6f" };
	cJSON      *module = facts_of(bodies, "0");
	cJSON      *item = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(module, "host_keys"), 0);
	cJSON      *why = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(item, "unavailable"), 0);

	(void)state;
	assert_fact(item, "type", "\"foo\"");
	assert_non_null(cJSON_GetObjectItemCaseSensitive(item, "fingerprint"));
	assert_null(cJSON_GetObjectItemCaseSensitive(item, "bits"));
	assert_fact(why, "fact", "\"bits\"");
	assert_fact(why, "reason", "\"unsupported\"");
	cJSON_Delete(module);
}

#define PROBED(name, args, body) N " begin " name " " args "\n" body "\n" N " end " name " 0\n"

static cJSON *facts_of_stream(const char *text)
{
	struct error     err = { 0 };
	struct evidence *ev = NULL;
	cJSON           *module = cJSON_CreateObject();
	struct buf       stream;

	buf_init(&stream, LIMIT_EVIDENCE);
	assert_int_equal(buf_append_text(&stream, text, NULL), 0);
	assert_int_equal(evidence_parse(&stream, EVIDENCE_SAVED, &ev, &err), 0);
	assert_int_equal(check_ssh_protocol.extract(ev, module, &err), 0);
	evidence_free(ev);
	return module;
}

/* A probe has a key of every type; those that did not come make the table incomplete, each with its own reason. */
static void test_probed_keys(void **state)
{
	cJSON       *module = facts_of_stream(START PROBED("wire.host_key", "algorithm=ssh-ed25519", ED25519)
	                                              PROBED("wire.host_key", "algorithm=foo", "00000003666f6f") PROBED("wire.host_key", "algorithm=bad", "00")
	                                                      PROBED("wire.host_key_missing", "algorithm=ssh-rsa code=banner_timeout message=timed%20out", "")
	                                                              PROBED("wire.host_key_missing", "algorithm=x code=negotiation message=%1b%5b2J", "")
	                                                                      PROBED("wire.host_key_missing", "code=too_big message=more", "")
	                                                                              PROBED("wire.host_key_missing", "algorithm=y code=protocol message=gone", ""));
	const cJSON *keys = cJSON_GetObjectItemCaseSensitive(module, "host_keys");
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(module, "unavailable");
	static const struct {
		const char *reason;
		const char *message;
	} excuses[] = {
		{ "\"parse\"", NULL },
		{ "\"timeout\"", "\"ssh-rsa: timed out\"" },
		{ "\"unsupported\"", NULL },
		{ "\"truncated\"", "\"more\"" },
		{ "\"missing\"", "\"y: gone\"" },
	};
	int first = cJSON_GetArraySize(list) - (int)countof(excuses);

	(void)state;
	assert_int_equal(cJSON_GetArraySize(keys), 2);
	assert_int_equal(first, TOP_FACTS - 1);
	for (size_t i = 0; i < countof(excuses); i++) {
		const cJSON *excuse = cJSON_GetArrayItem(list, first + (int)i);

		assert_fact(excuse, "fact", "\"ssh_protocol.host_keys\"");
		assert_fact(excuse, "reason", excuses[i].reason);
		if (excuses[i].message)
			assert_fact(excuse, "message", excuses[i].message);
		assert_null(strchr(cJSON_GetObjectItemCaseSensitive(excuse, "message")->valuestring, '\x1b'));
	}
	cJSON_Delete(module);
}

/* A certificate is told from a key, and its fingerprint is the key's. */
static void test_certificate(void **state)
{
	static const char *const files[] = { "ed25519", "ed25519-cert" };
	struct buf               stream;
	struct buf               blob;
	cJSON                   *module;
	const cJSON             *keys;

	(void)state;
	buf_init(&stream, LIMIT_EVIDENCE);
	assert_int_equal(buf_append_text(&stream, START, NULL), 0);
	for (size_t i = 0; i < countof(files); i++) {
		char path[300];

		snprintf(path, sizeof(path), "%s/fuzz/corpus/fuzz_public_key/%s", TESTS_DIR, files[i]);
		assert_int_equal(file_read(path, LIMIT_KEXINIT, FILE_ANY, &blob, NULL), 0);
		assert_int_equal(buf_append_text(&stream, N " begin wire.host_key\n", NULL), 0);
		assert_int_equal(text_hex_encode(&stream, buf_slice(&blob), NULL), 0);
		assert_int_equal(buf_append_text(&stream, "\n" N " end wire.host_key 0\n", NULL), 0);
		buf_free(&blob);
	}
	module = facts_of_stream(buf_text(&stream));
	keys = cJSON_GetObjectItemCaseSensitive(module, "host_keys");
	assert_fact(keys->child, "certificate", "false");
	assert_fact(keys->child->next, "certificate", "true");
	assert_fact(keys->child->next, "type", "\"ssh-ed25519-cert-v01@openssh.com\"");
	assert_fact(keys->child->next, "bits", "256");
	assert_non_null(cJSON_GetObjectItemCaseSensitive(keys->child->next, "principals"));
	assert_non_null(cJSON_GetObjectItemCaseSensitive(keys->child->next, "ca"));
	assert_null(cJSON_GetObjectItemCaseSensitive(keys->child, "ca"));
	buf_free(&stream);
	cJSON_Delete(module);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_facts),         cmocka_unit_test(test_specification),   cmocka_unit_test(test_unavailable),
		cmocka_unit_test(test_one_malformed), cmocka_unit_test(test_unknown_host_key), cmocka_unit_test(test_strict_kex),
		cmocka_unit_test(test_openssh),       cmocka_unit_test(test_derived),          cmocka_unit_test(test_too_many_pairs),
		cmocka_unit_test(test_table_agrees),  cmocka_unit_test(test_probed_keys),      cmocka_unit_test(test_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
