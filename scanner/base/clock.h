/*
 * clock.h: the two clocks.
 */
#ifndef SSHVET_CLOCK_H
#define SSHVET_CLOCK_H

#include "base.h"

/* Milliseconds since some fixed point; never goes back. */
uint64_t clock_milliseconds(void) MUST_USE;

#define CLOCK_STAMP_SIZE sizeof("2026-01-01T00:00:00Z")

/* The current UTC time as RFC 3339 text with second precision, into an array of CLOCK_STAMP_SIZE. SOURCE_DATE_EPOCH, when set,
 * takes its place, so that reports of the same facts can be compared byte for byte. */
void clock_stamp(char ret_stamp[CLOCK_STAMP_SIZE]);

#endif
