/*
 * limit.h: every maximum, with the reason it has that size. Bytes unless said otherwise.
 */
#ifndef SSHVET_LIMIT_H
#define SSHVET_LIMIT_H

#define LIMIT_INVENTORY      (64u * 1024 * 1024) /* a million targets fit */
#define LIMIT_RULE_FILE      (4u * 1024 * 1024)  /* a hundred times the largest of ours */
#define LIMIT_KEY_FILE       (64u * 1024)        /* a 16384-bit RSA key in PEM takes 13 kB */
#define LIMIT_KNOWN_HOSTS    (64u * 1024 * 1024) /* 100,000 hashed hosts with three keys each */
#define LIMIT_EVIDENCE       (24u * 1024 * 1024) /* per target, wire and collector together; a stock server sends 20 kB, fifty thousand rules of nft 12 MB */
#define LIMIT_CONNECTION     (64u * 1024 * 1024) /* all a server may send on one connection: evidence in small packets takes twice its size */
#define LIMIT_UNSENT         (64u * 1024)        /* packets of one session on their way to the socket; the largest takes 35,000 */
#define LIMIT_PROBE          (256u * 1024)       /* all a server may send on one connection that only asks for its host key: a stock one sends 2 kB */
#define LIMIT_COMPLAINT      2048u               /* what is kept of the collector's standard error */
#define LIMIT_EVIDENCE_NOISE (64u * 1024)        /* what a login shell may print before the evidence begins */
#define LIMIT_SECTIONS       4096u               /* sections of one evidence */
#define LIMIT_SECTION_ARGS   16u                 /* name=value pairs of one section */
#define LIMIT_IDENTIFICATION 255u                /* RFC 4253, section 4.2, with CR LF */
#define LIMIT_BANNER_LINES   (32u * 1024)        /* what a server may send before its identification */
#define LIMIT_KEXINIT        35000u              /* RFC 4253, section 6.1: the packet every implementation takes */
#define LIMIT_FACT_TEXT      (256u * 1024)       /* one text of the facts, cleaned: a line of authorized_keys or nft -j */
#define LIMIT_FACT_ITEMS     65536u              /* items of one list or table of the facts */
#define LIMIT_JOURNAL_LINE   (64u * 1024 * 1024) /* one target's findings and facts */
#define LIMIT_KEPT_FINDINGS  4096u               /* findings that a reader of journals keeps; a target of a stock system has 150, most of them its fleet's */
#define LIMIT_KEPT_BYTES     (4u * 1024 * 1024)  /* all texts of those; a report has as much for what it wrote of them. 4096 usual ones take half of it */
#define LIMIT_REPORT_TEXT    4096u               /* one text of a finding; longer ones are cut and marked */

#endif
