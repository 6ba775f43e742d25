/*
 * scanning.h: what `scan` and `probe` have in common: prepare, go over all targets, write the reports.
 */
#ifndef SSHVET_SCANNING_H
#define SSHVET_SCANNING_H

#include "options.h"

/* Do what the command line asks for. Returns the exit status, or a negative ERR_* with `err` set. */
int scanning_run(const struct options *options, struct error *err) MUST_USE;

#endif
