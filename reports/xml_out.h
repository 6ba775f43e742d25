/*
 * xml_out.h: XML as it is written out: elements, attributes, text, indented by one blank a level, the same bytes that libxml2's xmlTextWriter
 * would write. Its calls cost more than all else in a report; a test holds the two together.
 *
 * What goes wrong is remembered and told once, by xml_deliver(): the calls in between need no checks.
 */
#ifndef SSHVET_XML_OUT_H
#define SSHVET_XML_OUT_H

#include "buf.h"

#define XML_DEPTH 8u /* elements inside one another */

/* Zeroed but for `buf`, which the caller has initialised. */
struct xml_out {
	struct buf  buf;                 /* written and not yet delivered */
	const char *elements[XML_DEPTH]; /* that are open; literals */
	unsigned    depth;
	bool        tag;    /* the start tag of the innermost is not closed yet */
	bool        text;   /* it has text: its end follows without a line break */
	int         failed; /* ERR_* of the first call that failed */
};

/* The XML declaration; before everything else. */
void xml_declare(struct xml_out *o);

/* Begin an element; end the innermost. */
void xml_begin(struct xml_out *o, const char *element);
void xml_end(struct xml_out *o);

/* Attributes come right after the beginning. Values and texts are clean (text.h) but for line breaks and tabs; the markup in them is escaped. */
void xml_attribute(struct xml_out *o, const char *name, const char *value);
void xml_text(struct xml_out *o, const char *text);

/* Hand over what was written. ERR_NOMEM. Whether the stream took it is for the caller to ask it. */
int xml_deliver(struct xml_out *o, FILE *out, struct error *err) MUST_USE;

#endif
