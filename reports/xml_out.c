#include "xml_out.h"

static void put(struct xml_out *o, const char *bytes, size_t len)
{
	if (o->failed == 0)
		o->failed = buf_append(&o->buf, bytes, len, NULL);
}

static void put_text(struct xml_out *o, const char *text)
{
	put(o, text, strlen(text));
}

static void close_tag(struct xml_out *o)
{
	if (o->tag)
		put(o, ">", 1);
	o->tag = false;
}

static void indent(struct xml_out *o)
{
	for (unsigned i = 0; i < o->depth; i++)
		put(o, " ", 1);
}

/* What stands for a byte that would be markup; in an attribute also for what a reader would take for a blank. NULL: the byte itself. */
static const char *escape(char c, bool attribute)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '\r':
		return "&#13;";
	case '"':
		return "&quot;";
	case '\n':
		return attribute ? "&#10;" : NULL;
	case '\t':
		return attribute ? "&#9;" : NULL;
	default:
		return NULL;
	}
}

static void put_escaped(struct xml_out *o, const char *text, bool attribute)
{
	static const char suspects[] = "&<>\"\r\n\t";

	while (*text) {
		size_t      n = strcspn(text, suspects);
		const char *instead = escape(text[n], attribute);

		put(o, text, instead || !text[n] ? n : n + 1);
		if (instead)
			put_text(o, instead);
		text += text[n] ? n + 1 : n;
	}
}

void xml_declare(struct xml_out *o)
{
	put_text(o, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
}

void xml_begin(struct xml_out *o, const char *element)
{
	assert(o->depth < XML_DEPTH);
	if (o->tag) {
		close_tag(o);
		put(o, "\n", 1);
	}
	indent(o);
	put(o, "<", 1);
	put_text(o, element);
	o->elements[o->depth++] = element;
	o->tag = true;
	o->text = false;
}

void xml_end(struct xml_out *o)
{
	assert(o->depth > 0);
	o->depth--;
	if (o->tag) {
		put(o, "/>\n", 3);
	} else {
		if (!o->text)
			indent(o);
		put(o, "</", 2);
		put_text(o, o->elements[o->depth]);
		put(o, ">\n", 2);
	}
	o->tag = false;
	o->text = false;
}

void xml_attribute(struct xml_out *o, const char *name, const char *value)
{
	put(o, " ", 1);
	put_text(o, name);
	put(o, "=\"", 2);
	put_escaped(o, value, true);
	put(o, "\"", 1);
}

void xml_text(struct xml_out *o, const char *text)
{
	close_tag(o);
	put_escaped(o, text, false);
	o->text = true;
}

int xml_deliver(struct xml_out *o, FILE *out, struct error *err)
{
	if (o->failed < 0)
		return error_nomem(err);
	if (o->buf.len > 0)
		fwrite(o->buf.ptr, 1, o->buf.len, out);
	buf_clear(&o->buf);
	return 0;
}
