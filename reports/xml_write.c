#include <libxml/entities.h>
#include <libxml/xmlmemory.h>

#include "xml_write.h"

#include "text.h"

static void put(struct xml_out *o, const char *bytes, size_t len)
{
	if (o->failed == 0)
		o->failed = buf_append(o->buf, bytes, len, NULL);
}

static void put_text(struct xml_out *o, const char *text)
{
	put(o, text, strlen(text));
}

static void put_escaped(struct xml_out *o, const char *text)
{
	xmlChar *escaped = xmlEncodeSpecialChars(NULL, (const xmlChar *)text);

	if (escaped)
		put_text(o, (const char *)escaped);
	else
		o->failed = ERR_NOMEM;
	xmlFree(escaped);
}

static void break_line(struct xml_out *o)
{
	static const char blanks[XML_DEPTH + 1] = "\n       ";

	put(o, blanks, o->depth + 1);
}

void xml_declare(struct xml_out *o)
{
	put_text(o, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
}

void xml_begin(struct xml_out *o, const char *element)
{
	if (o->depth == XML_DEPTH) {
		o->failed = ERR_INTERNAL;
		return;
	}
	if (o->in_tag)
		put(o, ">", 1);
	break_line(o);
	put(o, "<", 1);
	put_text(o, element);
	o->open[o->depth++] = element;
	o->in_tag = true;
	o->has_text = false;
}

void xml_end(struct xml_out *o)
{
	if (o->depth == 0)
		return;
	o->depth--;
	if (o->in_tag) {
		put(o, "/>", 2);
	} else {
		if (!o->has_text)
			break_line(o);
		put(o, "</", 2);
		put_text(o, o->open[o->depth]);
		put(o, ">", 1);
	}
	if (o->depth == 0)
		put(o, "\n", 1);
	o->in_tag = false;
	o->has_text = false;
}

void xml_attribute_begin(struct xml_out *o, const char *name)
{
	put(o, " ", 1);
	put_text(o, name);
	put(o, "=\"", 2);
	o->in_tag = false;
}

void xml_attribute_end(struct xml_out *o)
{
	put(o, "\"", 1);
	o->in_tag = true;
}

void xml_attribute(struct xml_out *o, const char *name, const char *value)
{
	xml_attribute_begin(o, name);
	xml_text(o, value);
	xml_attribute_end(o);
}

void xml_text(struct xml_out *o, const char *text)
{
	struct slice bytes = slice_of(text);

	if (o->in_tag) {
		put(o, ">", 1);
		o->in_tag = false;
	}
	o->has_text = true;
	if (text_is_plain_xml(bytes))
		put(o, bytes.ptr, bytes.len);
	else
		put_escaped(o, text);
}

int xml_written(const struct xml_out *o, struct error *err)
{
	return o->failed < 0 ? error_nomem(err) : 0;
}
