/*
 * reading.h: one target on its way into the fleet: what read.c and read_keys.c share.
 */
#ifndef SSHVET_READING_H
#define SSHVET_READING_H

#include "fleet_build.h"
#include "login.h"
#include "tables.h"

/* An account as the host listed it. */
struct user {
	const char  *name;
	int64_t      uid;
	const char  *login;
	const char  *password;
	enum answer  expired;
	const cJSON *groups; /* while it is read */
	const char  *group_names;
};

/* An authorized_keys file that StrictModes was simulated for. */
struct strict {
	const char *user;
	const char *path;
	enum answer refused;
	const char *why;
};

/* One target on its way into the fleet. */
struct reading {
	struct fleet      *fleet;
	struct tables      tables;
	uint32_t           host;
	struct pairs       user_ids;
	struct pairs       strict_ids;
	struct pairs       account_ids;
	struct user       *users;
	size_t             nusers;
	struct strict     *stricts;
	size_t             nstricts;
	struct login_rules login;
	struct buf         text;   /* of a reason or a list */
	struct buf         item;   /* that is being read */
	bool               whole;  /* the walk through a table can go on */
	bool               failed; /* out of memory, or of numbers */
};

/* Intern; "" once memory is exhausted. NULL stays NULL. */
const char *reading_keep(struct reading *r, const char *text) MUST_USE;

/* Something of this host is not known. `subject` and `detail` may be NULL. */
void reading_doubt(struct reading *r, const char *what, const char *subject, const char *detail);

/* A list as one text with commas, interned; NULL when it is not there or empty. */
const char *reading_joined(struct reading *r, const cJSON *list) MUST_USE;

/* The record of an account of that name; FLEET_NONE only when `r->failed`. */
uint32_t reading_account(struct reading *r, const char *user) MUST_USE;

/* The next item of a table as values, `*ret_object` being whose texts they are. False, with a reason, when it is not as it should be. */
bool reading_take(struct reading *r, struct journal_raw *items, const struct field *fields, size_t count, void *ret_fields, enum table_index table,
                  cJSON **ret_object) MUST_USE;

/* Read the item that a walk through one of the tables has come to. (read_keys.c) */
void read_keys_authorized(struct reading *r, struct journal_raw *items);
void read_keys_private(struct reading *r, struct journal_raw *items);
void read_keys_host(struct reading *r, struct journal_raw *items);

/* The key that the host proved to have on the connection, facts or not. (read_keys.c) */
void read_keys_connection(struct reading *r, const struct journal_target *t);

#endif
