/*
 * sshd_subject.h: how a set of Match blocks is named.
 */
#ifndef SSHVET_SSHD_SUBJECT_H
#define SSHVET_SSHD_SUBJECT_H

#include "buf.h"
#include "sshd_effective.h"

/* Append "global", or the Match lines of a set with " + " between them, without those that follow from others. Fails as buf_append() does. */
int sshd_subject_append(struct buf *text, const struct sshd_plan *plan, const sshd_contexts *set, struct error *err) MUST_USE;

#endif
