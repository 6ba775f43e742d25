/*
 * test_xml_out.c: our XML is libxml2's, byte for byte, and libxml2 reads out of it what was written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <libxml/parser.h>
#include <libxml/xmlwriter.h>

#include <cmocka.h>

#include "xml_out.h"

static uint64_t seed;

static uint64_t below(uint64_t limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % limit;
}

/* Clean text as reports have it: what is markup elsewhere, lines, and every width of UTF-8. */
static void random_text(char *dst, size_t pieces)
{
	static const char *const parts[] = { "a", "b c", "&", "<", ">", "\"", "'", "\n", "\t", "]]>", "&amp;", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };

	*dst = '\0';
	for (uint64_t n = below(pieces); n > 0; n--) {
		const char *part = parts[below(countof(parts))];

		memcpy(dst, part, strlen(part) + 1);
		dst += strlen(part);
	}
}

/* The same document twice. */
struct both {
	struct xml_out ours;
	xmlTextWriter *theirs;
};

static const xmlChar *chars(const char *text)
{
	return (const xmlChar *)text;
}

static void write_element(struct both *b, unsigned depth)
{
	static const char *const names[] = { "testsuite", "testcase", "failure" };
	const char              *name = names[below(countof(names))];
	char                     text[256];

	xml_begin(&b->ours, name);
	assert_true(xmlTextWriterStartElement(b->theirs, chars(name)) >= 0);
	for (uint64_t n = below(4); n > 0; n--) {
		char attribute[] = { (char)('a' + n), '\0' };

		random_text(text, 20);
		xml_attribute(&b->ours, attribute, text);
		assert_true(xmlTextWriterWriteAttribute(b->theirs, chars(attribute), chars(text)) >= 0);
	}
	if (below(3) == 0) {
		for (uint64_t n = below(4); n > 0; n--) {
			random_text(text, 20);
			xml_text(&b->ours, text);
			assert_true(xmlTextWriterWriteString(b->theirs, chars(text)) >= 0);
		}
	} else if (depth + 1 < XML_DEPTH) {
		for (uint64_t n = below(4); n > 0; n--)
			write_element(b, depth + 1);
	}
	xml_end(&b->ours);
	assert_true(xmlTextWriterEndElement(b->theirs) >= 0);
}

static void check_document(void)
{
	struct both b = { 0 };
	xmlBuffer  *buffer = xmlBufferCreate();
	xmlDoc     *read;

	buf_init(&b.ours.buf, 1u << 24);
	b.theirs = xmlNewTextWriterMemory(buffer, 0);
	assert_non_null(b.theirs);
	assert_true(xmlTextWriterSetIndent(b.theirs, 1) >= 0);
	assert_true(xmlTextWriterSetIndentString(b.theirs, chars(" ")) >= 0);
	xml_declare(&b.ours);
	assert_true(xmlTextWriterStartDocument(b.theirs, "1.0", "UTF-8", NULL) >= 0);
	write_element(&b, 0);
	assert_true(xmlTextWriterEndDocument(b.theirs) >= 0);
	xmlFreeTextWriter(b.theirs);
	assert_int_equal(b.ours.failed, 0);
	assert_string_equal(b.ours.buf.ptr, (const char *)xmlBufferContent(buffer));
	read = xmlReadMemory(b.ours.buf.ptr, (int)b.ours.buf.len, "ours", NULL, XML_PARSE_NONET);
	assert_non_null(read);
	xmlFreeDoc(read);
	xmlBufferFree(buffer);
	buf_free(&b.ours.buf);
}

static void test_random(void **state)
{
	const char *given = getenv("SSHVET_TEST_SEED");

	(void)state;
	seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
	printf("SSHVET_TEST_SEED=%" PRIu64 "\n", seed);
	seed = seed * UINT64_C(2654435761) + 1;
	for (int i = 0; i < 1000; i++)
		check_document();
}

static void test_values_come_back(void **state)
{
	static const char text[] = "<a href=\"x\">&amp; 'y'\n\tz</a> ]]> \xe2\x82\xac";
	struct xml_out    o = { 0 };
	xmlDoc           *doc;
	xmlChar          *value;

	(void)state;
	buf_init(&o.buf, 4096);
	xml_declare(&o);
	xml_begin(&o, "e");
	xml_attribute(&o, "v", text);
	xml_text(&o, text);
	xml_end(&o);
	doc = xmlReadMemory(o.buf.ptr, (int)o.buf.len, "ours", NULL, XML_PARSE_NONET);
	assert_non_null(doc);
	value = xmlGetProp(xmlDocGetRootElement(doc), chars("v"));
	assert_string_equal((char *)value, text);
	xmlFree(value);
	value = xmlNodeGetContent(xmlDocGetRootElement(doc));
	assert_string_equal((char *)value, text);
	xmlFree(value);
	xmlFreeDoc(doc);
	buf_free(&o.buf);
}

static void test_failure_is_kept(void **state)
{
	struct xml_out o = { 0 };
	struct error   err;

	(void)state;
	buf_init(&o.buf, 16);
	xml_declare(&o);
	assert_int_equal(xml_deliver(&o, stdout, &err), ERR_NOMEM);
	buf_free(&o.buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_values_come_back),
		cmocka_unit_test(test_failure_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
