/*
 * schema.c: the shape of YAML files, and messages that say what would be right.
 */
#include "loader.h"

#include "text.h"

/* How many single-byte edits turn `a` into `b`; words longer than 40 bytes are not compared. */
static size_t edit_distance(const char *a, const char *b)
{
	enum {
		MAX = 40
	};
	size_t row[MAX + 1];
	size_t la = strlen(a);
	size_t lb = strlen(b);

	if (la > MAX || lb > MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t replace = diagonal + (a[i - 1] != b[j - 1]);
			size_t insert = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

			diagonal = row[j];
			row[j] = replace < insert ? replace : insert;
		}
	}
	return row[lb];
}

/* The name most like `word`, when it is like it at all. */
static const char *nearest(const char *word, struct names names)
{
	size_t      best = strlen(word) > 5 ? strlen(word) / 3 : 1;
	const char *found = NULL;

	for (size_t i = 0; i < names.count; i++) {
		size_t d = edit_distance(word, names.items[i]);

		if (d <= best && (!found || d < best)) {
			best = d;
			found = names.items[i];
		}
	}
	return found;
}

int schema_unknown(const struct yaml_node *n, const char *what, const char *word, struct names names, struct error *err)
{
	char        known[600];
	size_t      used = 0;
	const char *like = nearest(word, names);

	known[0] = '\0';
	for (size_t i = 0; i < names.count && used + strlen(names.items[i]) + sizeof(", ...") < sizeof(known); i++)
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s", i > 0 ? ", " : "", names.items[i]);
	return yaml_error(n, err, "unknown %s '%.80s'%s%s%s known: %s", what, word, like ? "; did you mean '" : ";", like ? like : "",
	                  like ? "'?" : "", names.count > 0 ? known : "none");
}

static bool is_known(const char *word, struct names names)
{
	for (size_t i = 0; i < names.count; i++)
		if (strcmp(word, names.items[i]) == 0)
			return true;
	return false;
}

int schema_keys(const struct yaml_node *n, const char *what, struct names names, struct error *err)
{
	if (yaml_kind(n) != YAML_MAPPING)
		return yaml_error(n, err, "%s is written as keys and values (key: value)", what);
	for (size_t i = 0; i < yaml_count(n); i++) {
		const struct yaml_node *key = yaml_key(n, i);

		if (!is_known(yaml_text(key), names))
			return schema_unknown(key, "key", yaml_text(key), names, err);
	}
	return 0;
}

int schema_get(const struct yaml_node *mapping, const char *key, const struct yaml_node **ret_node, struct error *err)
{
	const struct yaml_node *n = yaml_get(mapping, key);

	if (!n)
		return yaml_error(mapping, err, "the key '%s' is missing", key);
	*ret_node = n;
	return 0;
}

int schema_get_text(struct loader *l, const struct yaml_node *mapping, const char *key, const char **ret_text, struct error *err)
{
	const struct yaml_node *n = NULL;
	const char             *text = "";
	struct slice            trimmed;
	int                     r = schema_get(mapping, key, &n, err);

	if (r == 0)
		r = schema_text(n, &text, err);
	if (r < 0)
		return r;
	trimmed = slice_trim(slice_of(text));
	if (trimmed.len == 0)
		return yaml_error(n, err, "'%s' must not be empty", key);
	text = arena_copy(l->arena, trimmed.ptr, trimmed.len);
	if (!text)
		return error_nomem(err);
	*ret_text = text;
	return 0;
}

/* What YAML 1.2's core schema reads as null, a boolean or a number. */
static bool looks_typed(const char *text)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE" };
	static const char *const odd[] = { ".inf", ".nan" };
	const char              *digits = text + strspn(text, "+-");
	char                    *end;

	if (is_known(text, NAMES(words)))
		return true;
	for (size_t i = 0; i < countof(odd); i++)
		if (strcasecmp(digits, odd[i]) == 0)
			return true;
	if (strspn(digits, ".0123456789") == 0)
		return false;
	(void)strtod(text, &end);
	return *end == '\0' || (text[0] == '0' && text[1] == 'o');
}

int schema_text(const struct yaml_node *n, const char **ret_text, struct error *err)
{
	const char *text = yaml_text(n);

	if (!text)
		return yaml_error(n, err, "expected %s", operand_how(OPERAND_TEXT));
	if (!yaml_is_quoted(n) && looks_typed(text))
		return yaml_error(n, err, "expected a text; if this is one, write it in quotes: \"%s\"", text);
	*ret_text = text;
	return 0;
}

int schema_integer(const struct yaml_node *n, int64_t *ret_value, struct error *err)
{
	const char  *text = yaml_text(n);
	struct slice digits = slice_of(text);
	bool         negative = slice_has_prefix(digits, "-");
	uint64_t     value;

	if (negative)
		digits = slice_sub(digits, 1, SIZE_MAX);
	if (!text || yaml_is_quoted(n) || (digits.len > 1 && digits.ptr[0] == '0') ||
	    text_parse_unsigned(digits, 10, (uint64_t)1 << 52, &value, NULL) < 0)
		return yaml_error(n, err, "expected %s, without quotes", operand_how(OPERAND_INTEGER));
	*ret_value = negative ? -(int64_t)value : (int64_t)value;
	return 0;
}

int schema_boolean(const struct yaml_node *n, bool *ret_value, struct error *err)
{
	const char *text = yaml_text(n);

	if (!text || yaml_is_quoted(n) || (strcmp(text, "true") != 0 && strcmp(text, "false") != 0))
		return yaml_error(n, err, "expected %s, without quotes", operand_how(OPERAND_BOOLEAN));
	*ret_value = text[0] == 't';
	return 0;
}

int schema_mode(const struct yaml_node *n, unsigned *ret_mode, struct error *err)
{
	const char *text = yaml_text(n);
	uint64_t    mode;

	if (!text || !yaml_is_quoted(n) || strlen(text) < 3 || strlen(text) > 5 ||
	    text_parse_unsigned(slice_of(text), 8, 07777, &mode, NULL) < 0)
		return yaml_error(n, err, "expected %s", operand_how(OPERAND_MODE));
	*ret_mode = (unsigned)mode;
	return 0;
}

int schema_list(const struct yaml_node *n, const char *of, struct error *err)
{
	if (yaml_kind(n) != YAML_SEQUENCE)
		return yaml_error(n, err, "expected a list of %s, [a, b]", of);
	if (yaml_count(n) == 0)
		return yaml_error(n, err, "the list is empty; it needs at least one of %s", of);
	return 0;
}

bool schema_is_id(const char *text, char separator)
{
	char last = separator;

	if (!islower((unsigned char)text[0]) || strlen(text) > 80)
		return false;
	for (; *text != '\0'; last = *text++)
		if (!islower((unsigned char)*text) && !isdigit((unsigned char)*text) && (*text != separator || last == separator))
			return false;
	return last != separator;
}
