#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "yaml.h"

#include "buf.h"

/* A tree as one line: scalars as they are ("quoted" ones in quotes), [sequences], {key: value} mappings. */
static void render(const struct yaml_node *n, struct buf *b)
{
	struct error err;
	int          r = 0;

	switch (yaml_kind(n)) {
	case YAML_SCALAR:
		r = buf_printf(b, &err, yaml_is_quoted(n) ? "\"%s\"" : "%s", yaml_text(n));
		break;
	case YAML_SEQUENCE:
		r = buf_append_text(b, "[", &err);
		for (size_t i = 0; i < yaml_count(n); i++) {
			r |= buf_append_text(b, i > 0 ? ", " : "", &err);
			render(yaml_item(n, i), b);
		}
		r |= buf_append_text(b, "]", &err);
		break;
	case YAML_MAPPING:
		r = buf_append_text(b, "{", &err);
		for (size_t i = 0; i < yaml_count(n); i++) {
			r |= buf_append_text(b, i > 0 ? ", " : "", &err);
			render(yaml_key(n, i), b);
			r |= buf_append_text(b, ": ", &err);
			render(yaml_value(n, i), b);
		}
		r |= buf_append_text(b, "}", &err);
		break;
	default:
		r = buf_append_text(b, "nothing", &err);
	}
	assert_int_equal(r, 0);
}

static void test_trees(void **state)
{
	static const struct {
		const char *text;
		const char *tree;
	} cases[] = {
		{ "", "nothing" },
		{ "# only a remark\n", "nothing" },
		{ "word", "word" },
		{ "- a\n- b\n", "[a, b]" },
		{ "a: [1, \"2\", no]\nb: {c: d}\n", "{a: [1, \"2\", no], b: {c: d}}" },
		{ "a:\nb: ~\n", "{a: , b: ~}" },
		{ "a: 'x'\n", "{a: \"x\"}" },
		{ "a: |\n  two\n  lines\nb: >-\n  one\n  line\n", "{a: \"two\nlines\n\", b: \"one line\"}" },
		{ "{\"json\": [1, true, null, {\"a\": \"b\"}]}", "{\"json\": [1, true, null, {\"a\": \"b\"}]}" },
		{ "a: 1\r\nb: 2\r\n", "{a: 1, b: 2}" },
		{ "\xef\xbb\xbf"
		  "a: 1\n",
		  "{a: 1}" },
		{ "a: \xc3\xa9\n", "{a: \xc3\xa9}" },
		{ "a: \"tab\\tand\\nline\"\n", "{a: \"tab\tand\nline\"}" },
		{ "[]", "[]" },
		{ "{}", "{}" },
		{ "%YAML 1.2\n---\na: 1\n...\n", "{a: 1}" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct error err = { 0 };
		struct yaml *y = NULL;
		struct buf   b;

		buf_init(&b, 10000);
		if (yaml_parse(slice_of(cases[i].text), "f", &y, &err) < 0)
			fail_msg("case %zu: %s", i, err.text);
		render(yaml_root(y), &b);
		assert_string_equal(buf_text(&b), cases[i].tree);
		buf_free(&b);
		yaml_free(y);
	}
}

static void test_refusals(void **state)
{
	static const struct {
		const char *text;
		const char *error; /* how the message begins */
	} cases[] = {
		{ "a: &x 1\nb: 2", "f:1:4: anchors" },
		{ "a: 1\nb: *x", "f:2:4: aliases" },
		{ "a: !!str 1", "f:1:4: tags" },
		{ "- !x {}", "f:1:3: tags" },
		{ "a: 1\nb: 2\na: 3", "f:3:1: key 'a' is already in line 1" },
		{ "- {a: 1, b: 1, \"a\": 2}", "f:1:16: key 'a' is already in line 1" },
		{ "c: 1\nb: 2\nb: 2\nc: 2", "f:3:1: key 'b' is already in line 2" },
		{ "a: [1\nb: 2", "f:3:1: flow sequence" },
		{ "a: \"x", "f:1:5: double-quoted" },
		{ "\ta: 1", "f:1:1:" },
		{ "a: 1\n---\nb: 1", "f:2:1: a second document" },
		{ "? [a]\n: b", "f:1:3: a key must be" },
		{ "{a: 1}: b", "f:1:" },
		{ "- 'it''s': 1\n  \"it's\": 2", "f:2:3: key 'it's'" },
		{ "a: b: c", "f:1:5:" },
		{ "x: @foo", "f:1:4:" },
		{ "a: \xff", "f:1:4: byte ff" },
		{ "a: 1\nb: \xc3\x28", "f:2:4: byte c3" },
		{ "a: 1\n  # \x01\n", "f:2:5: byte 01" },
		{ "a: \xe2\x80\xa8", "f:1:4: byte e2" }, /* line separator */
		{ "a: \"\\0\"", "f:1:4: the text holds a control character" },
		{ "a: \"\\e[31m\"", "f:1:4: the text holds a control character" },
		{ "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "f:1:65: more than 64 levels" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct error err = { 0 };
		struct yaml *y = NULL;

		if (yaml_parse(slice_of(cases[i].text), "f", &y, &err) != ERR_SYNTAX)
			fail_msg("case %zu (%s) was not refused", i, cases[i].text);
		if (strncmp(err.text, cases[i].error, strlen(cases[i].error)) != 0)
			fail_msg("case %zu: %s, expected %s", i, err.text, cases[i].error);
	}
}

static void test_access(void **state)
{
	struct error            err = { 0 };
	struct yaml            *y = NULL;
	const struct yaml_node *root;

	(void)state;
	assert_int_equal(yaml_parse(slice_of("a: 1\nlist:\n  - x\n  - y: z\n"), "dir/f.yaml", &y, &err), 0);
	root = yaml_root(y);
	assert_int_equal(yaml_count(root), 2);
	assert_string_equal(yaml_text(yaml_get(root, "a")), "1");
	assert_null(yaml_get(root, "b"));
	assert_null(yaml_get(NULL, "b"));
	assert_null(yaml_get(yaml_get(root, "a"), "b"));
	assert_null(yaml_item(root, 0));
	assert_null(yaml_item(yaml_get(root, "list"), 2));
	assert_null(yaml_key(yaml_get(root, "list"), 0));
	assert_null(yaml_text(root));
	assert_null(yaml_text(NULL));
	assert_int_equal(yaml_kind(NULL), YAML_NONE);
	assert_int_equal(yaml_line(yaml_item(yaml_get(root, "list"), 1)), 4);
	assert_int_equal(yaml_error(yaml_item(yaml_get(root, "list"), 0), &err, "bad %d", 7), ERR_SYNTAX);
	assert_string_equal(err.text, "dir/f.yaml:3:5: bad 7");
	yaml_free(y);
	yaml_free(NULL);
}

/* A mapping large enough that comparing each key with each other would be felt. */
static void test_large(void **state)
{
	enum {
		KEYS = 50000
	};
	struct error err = { 0 };
	struct yaml *y = NULL;
	struct buf   b;

	(void)state;
	buf_init(&b, 10u << 20);
	for (int i = 0; i < KEYS; i++)
		assert_int_equal(buf_printf(&b, &err, "key%d: {host: h%d, port: 22}\n", i, i), 0);
	assert_int_equal(yaml_parse(buf_slice(&b), "f", &y, &err), 0);
	assert_int_equal(yaml_count(yaml_root(y)), KEYS);
	assert_string_equal(yaml_text(yaml_get(yaml_value(yaml_root(y), KEYS - 1), "host")), "h49999");
	yaml_free(y);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trees),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_access),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
