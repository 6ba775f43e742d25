/*
 * sshd_words.h: how sshd takes a line of its configuration apart, which has changed between its releases.
 */
#ifndef SSHVET_SSHD_WORDS_H
#define SSHVET_SSHD_WORDS_H

#include "buf.h"

enum sshd_words {
	/* Blanks separate, quotes of both kinds group, a backslash takes a quote, a blank or a backslash literally, # at the start of a word
	 * ends the line: arguments since 8.7, the criteria of Match since 9.9. */
	SSHD_WORDS_SHELL = 1,
	/* Blanks or one = separate, double quotes group where they stand, nothing escapes: all before that. A word that begins with # is left to
	 * the caller. */
	SSHD_WORDS_PLAIN,
	SSHD_WORDS_PLAIN_EQUALS, /* the same, but = is like any other byte */
};

/* An OpenSSH release as major * 100 + minor; 0 when it is not known, which is read as the newest. */
typedef unsigned sshd_release;

/* The release in what sshd or ssh says of itself ("OpenSSH_9.2p1 Debian-2…"); 0 when there is none in it. */
sshd_release sshd_release_of(struct slice text) MUST_USE;

enum sshd_words sshd_words_of_arguments(sshd_release release) MUST_USE;
enum sshd_words sshd_words_of_match(sshd_release release) MUST_USE;

/* Whether a # anywhere in a line, even in quotes, ends it: before 8.7. */
bool sshd_words_cut_at_hash(sshd_release release) MUST_USE;

/*
 * Take one word off the front of a line; it is appended to `word`. 1: there was one; 0: none is left; ERR_SYNTAX: a quote is not closed;
 * ERR_NOMEM; ERR_TOO_BIG.
 */
int sshd_words_next(enum sshd_words style, struct slice *rest, struct buf *word, struct error *err) MUST_USE;

#endif
