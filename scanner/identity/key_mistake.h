/*
 * key_mistake.h: the files people give in place of a private key.
 */
#ifndef SSHVET_KEY_MISTAKE_H
#define SSHVET_KEY_MISTAKE_H

#include "error.h"
#include "slice.h"

/* 0 when the text may be a private key in openssh-key-v1 or PEM; else ERR_IDENTITY with what it is instead and
 * what to do. */
int key_mistake_check(struct slice text, struct error *err) MUST_USE;

#endif
