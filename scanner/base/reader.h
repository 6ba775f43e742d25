/*
 * reader.h: the data types of the SSH protocol (RFC 4251, section 5), taken off the front of a view of bytes.
 *
 * Every function gives false, and leaves `*rest` and its result alone, when `*rest` is too short for the value.
 */
#ifndef SSHVET_READER_H
#define SSHVET_READER_H

#include "slice.h"

bool reader_bytes(struct slice *rest, size_t len, struct slice *ret_bytes) MUST_USE;
bool reader_byte(struct slice *rest, unsigned *ret_value) MUST_USE;
bool reader_uint32(struct slice *rest, uint32_t *ret_value) MUST_USE;

/* A uint32 length and as many bytes: `string`, and what `mpint` and `name-list` look like from outside. */
bool reader_string(struct slice *rest, struct slice *ret_string) MUST_USE;

#endif
