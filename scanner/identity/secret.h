/*
 * secret.h: buffers that are overwritten before they are released.
 *
 * A buffer that grows leaves its old bytes behind, so secret_init() reserves all of it at once and fixes the
 * maximum there.
 */
#ifndef SSHVET_SECRET_H
#define SSHVET_SECRET_H

#include "buf.h"

/* An empty buffer of `size` bytes that will never move. ERR_NOMEM. */
int secret_init(struct buf *b, size_t size, struct error *err) MUST_USE;

/* Overwrite and release. */
void secret_free(struct buf *b);

#endif
