/*
 * key_lists.h: keys that a site knows: those that must not be used anywhere because others have their secret half, and those that may log in.
 *
 * A list is a text file of one key a line; blank lines and lines that begin with # are passed over. A key is one of
 *
 *   SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU   text    as ssh-keygen -l prints it
 *   MD5:43:51:43:a1:b5:fc:8b:b7:0a:3a:a9:b1:0f:66:73:a8  text    as ssh-keygen -l -E md5 prints it
 *   ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…               text    a public key
 *   3a3aa9b10f6673a8b7fc                                 text    the last 20 digits of MD5, as Debian's openssh-blacklist has them
 *
 * and the text behind it says what it is: in a list of allowed keys whose, which must be there.
 */
#ifndef SSHVET_KEY_LISTS_H
#define SSHVET_KEY_LISTS_H

#include <cjson/cJSON.h>

#include "error.h"

/* Opaque; immutable once loaded, so that every thread may use it. */
struct key_lists;

/* Lists with the built-in blocklist and nothing else. ERR_NOMEM. */
int  key_lists_new(struct key_lists **ret_lists, struct error *err) MUST_USE;
void key_lists_free(struct key_lists *lists); /* NULL is allowed */

/* Add a file to the blocklist, or to the list of allowed keys. ERR_SYNTAX with file:line, or as file_read() fails with FILE_CONFIG. */
int key_lists_block(struct key_lists *lists, const char *path, struct error *err) MUST_USE;
int key_lists_allow(struct key_lists *lists, const char *path, struct error *err) MUST_USE;

/*
 * Say of every key among the facts of a target (checks_extract()) whether it is on a list: `published` and `published_as`, and for authorized keys, when
 * there is a list of them, `allowed` and `owner`. Without lists (NULL) the built-in blocklist is not asked either. ERR_NOMEM only.
 */
int key_lists_annotate(const struct key_lists *lists, cJSON *facts, struct error *err) MUST_USE;

#endif
