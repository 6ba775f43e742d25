/*
 * target.h: what one target is called: the texts operators write, taken apart and checked.
 *
 * Inside the inventory part only. Errors are ERR_USAGE, say what is wrong and what would be right, and have no place in
 * them: the caller knows where the text stands.
 */
#ifndef SSHVET_TARGET_H
#define SSHVET_TARGET_H

#include "inventory.h"

/*
 * [user@]host[:port], ssh://[user@]host[:port][/], IPv6 in brackets or, without a port, bare. What the text does not
 * say comes from `defaults`. Fills everything but `origin`; the caller owns it (target_fini()). ERR_USAGE, ERR_NOMEM.
 */
int target_parse(struct slice text, const struct inventory_defaults *defaults, struct target *ret_target,
                 struct error *err) MUST_USE;

/* The same from separate texts, as YAML inventories have them; without a name the target is called by its host. */
struct target_parts {
	const char *name; /* NULL when not given */
	const char *host;
	const char *user;
	unsigned    port; /* 1-65535 */
};
int target_build(const struct target_parts *parts, struct target *ret_target, struct error *err) MUST_USE;

/* Whether a login name or a port number may be used at all. ERR_USAGE. */
int target_check_user(struct slice user, struct error *err) MUST_USE;
int target_parse_port(struct slice text, unsigned *ret_port, struct error *err) MUST_USE;

/* Release the texts. */
void target_fini(struct target *t);

#endif
