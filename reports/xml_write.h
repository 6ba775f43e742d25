/*
 * xml_write.h: XML straight into a buffer, an element to a line. A text with characters that mean something is escaped by libxml2; nearly none has
 * any.
 *
 * What goes wrong is remembered and told once, by xml_written(): the calls in between need no checks.
 */
#ifndef SSHVET_XML_WRITE_H
#define SSHVET_XML_WRITE_H

#include "buf.h"

#define XML_DEPTH 8u /* elements in one another */

struct xml_out {
	struct buf *buf;    /* where the text goes, behind what is there */
	int         failed; /* ERR_* of the first call that failed */
	const char *open[XML_DEPTH];
	size_t      depth;
	bool        in_tag;   /* attributes may follow */
	bool        has_text; /* the innermost element has: its end stays on the line */
};

void xml_declare(struct xml_out *o);

/* Names are literals of ours. An end without content makes an empty element. */
void xml_begin(struct xml_out *o, const char *element);
void xml_end(struct xml_out *o);

/* Texts are clean (text.h), that of an element may have line breaks. */
void xml_attribute(struct xml_out *o, const char *name, const char *value);
void xml_text(struct xml_out *o, const char *text);

/* An attribute in pieces: between these two calls xml_text() writes its value. */
void xml_attribute_begin(struct xml_out *o, const char *name);
void xml_attribute_end(struct xml_out *o);

/* 0 when everything is in the buffer; else ERR_NOMEM. */
int xml_written(const struct xml_out *o, struct error *err) MUST_USE;

#endif
