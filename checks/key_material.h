/*
 * key_material.h: what the tables of the module key_material are made from, for the files that make one each.
 */
#ifndef SSHVET_KEY_MATERIAL_H
#define SSHVET_KEY_MATERIAL_H

#include "authorized_keys.h"
#include "key_effective.h"
#include "key_files.h"

struct key_material {
	const struct evidence  *ev;
	cJSON                  *module;
	bool                    root; /* the collector was */
	struct accounts         accounts;
	struct key_effective    effective; /* the configurations of the daemons that listen, and what they make of accounts */
	struct key_files        files;
	enum reason             hidden;   /* why accounts may have files besides those that are known; REASON_UNKNOWN when not */
	char                    why[240]; /* clean */
	struct authorized_clock clock;
	size_t                 *by_home; /* numbers of accounts, by home */
};

/* Rows of one table that are looked at; each takes some kilobytes. */
#define KEY_MATERIAL_ROWS 8192u

/* The tables key_material.authorized, .private, .host, .certificates, .ca and .client. ERR_NOMEM and ERR_TOO_BIG only. */
int key_authorized_add(struct key_material *m, struct error *err) MUST_USE;
int key_private_add(struct key_material *m, struct error *err) MUST_USE;
int key_host_add(struct key_material *m, struct error *err) MUST_USE;
int key_certificates_add(struct key_material *m, struct error *err) MUST_USE;
int key_ca_add(struct key_material *m, struct error *err) MUST_USE;
int key_client_add(struct key_material *m, struct error *err) MUST_USE;

/* An item for a row with its subject "PATH:LINE" (line 0: "PATH") after "USER " (NULL: without), path, line and where; NULL when out of memory. */
cJSON *key_material_item(cJSON *table, const struct account *account, struct slice path, uint64_t line);

/* Add type, bits, fingerprint and md5 of a blob that public_key_parse() takes. */
int key_material_add_key(cJSON *item, struct slice blob, struct error *err) MUST_USE;

/* Add uid, root, system, login and locked of an account. */
int key_material_add_account(cJSON *item, const struct key_material *m, const struct account *account, struct error *err) MUST_USE;

/* The values of a keyword at start for any daemon, as a cJSON array the caller deletes; an empty one, and false in `*ret_known` (may be NULL), where it is not known. NULL
 * when out of memory. */
cJSON *key_material_values(const struct key_material *m, enum sshd_keyword keyword, bool *ret_known) MUST_USE;

/* The account whose ~/.ssh a file lies in; NULL when it is nobody's. */
const struct account *key_material_owner(const struct key_material *m, struct slice path) MUST_USE;

#endif
