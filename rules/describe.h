/*
 * describe.h: findings in words. Internal to this folder.
 */
#ifndef SSHVET_DESCRIBE_H
#define SSHVET_DESCRIBE_H

#include "arena.h"
#include "limit.h"
#include "lookup.h"

/* One text of a finding as it grows: what does not fit is dropped, and marked by describe_copy(). Begun by describe_start(), which spares
 * clearing four kilobytes for each text. */
struct description {
	size_t len;
	char   text[LIMIT_REPORT_TEXT + 64];
};

void describe_start(struct description *d);

void describe_add(struct description *d, const char *text);
void describe_printf(struct description *d, const char *format, ...) PRINTF(2, 3);

/* A fact's value: lists with commas, tables by the number of their items. */
void describe_value(struct description *d, const struct fact_value *v);

/* Of a list that fails because of single elements only those, and everything else as describe_value() does. */
void describe_offenders(struct description *d, const struct condition *c, const struct fact_value *v);

/* Of a list of algorithms, each with the verdict on it; everything else as describe_value() does. */
void describe_judged(struct description *d, const struct condition *c, const struct fact_value *v);

/* "privilege: sshd_config.contexts could not be read: …" */
void describe_unknown(struct description *d, const char *fact, const char *reason, const char *message);

/* "unsupported: ssh_protocol.kex_algorithms has x, of which nothing is known", for the elements that the operator cannot judge. */
void describe_unjudged(struct description *d, const struct condition *c, const struct fact_value *v);

/* A copy in `memory`, clean and within LIMIT_REPORT_TEXT; NULL when out of memory. */
char *describe_copy(const struct description *d, struct arena *memory) MUST_USE;

#endif
