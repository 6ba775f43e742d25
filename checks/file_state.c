#include "file_state.h"

#include "text.h"

const char *file_state_type(unsigned mode)
{
	if ((mode & FILE_TYPE_MASK) == FILE_TYPE_FILE)
		return "file";
	if ((mode & FILE_TYPE_MASK) == FILE_TYPE_DIRECTORY)
		return "directory";
	return (mode & FILE_TYPE_MASK) == FILE_TYPE_LINK ? "symlink" : "other";
}

bool file_state_is(const struct file_state *state, enum file_type type)
{
	return (state->mode & FILE_TYPE_MASK) == (unsigned)type;
}

/* "81a4 0 0 root:root" */
static int parse_stat(struct slice line, struct file_state *ret_state, struct error *err)
{
	struct file_state state = { 0 };
	struct slice      word[3];
	uint64_t          mode;
	int               r;

	for (size_t i = 0; i < countof(word); i++)
		if (!slice_next_word(&line, &word[i]))
			return error_set(err, ERR_SYNTAX, "stat printed too little");
	r = text_parse_unsigned(word[0], 16, 0177777, &mode, err);
	if (r == 0)
		r = text_parse_unsigned(word[1], 10, UINT32_MAX, &state.uid, err);
	if (r == 0)
		r = text_parse_unsigned(word[2], 10, UINT32_MAX, &state.gid, err);
	if (r < 0)
		return r;
	state.mode = (unsigned)mode;
	state.names = slice_trim(line);
	*ret_state = state;
	return 0;
}

/* Three letters of ls, "rws", as bits; `special` is the letter that stands for execution with the extra bit. */
static int parse_letters(const char *letters, char special, unsigned extra, unsigned *ret_bits)
{
	unsigned bits = (letters[0] == 'r' ? 4u : 0) | (letters[1] == 'w' ? 2u : 0);
	char     x = letters[2];

	if (!strchr("r-", letters[0]) || !strchr("w-", letters[1]) || (x != 'x' && x != '-' && tolower((unsigned char)x) != special))
		return -1;
	if (x == 'x' || x == special)
		bits |= 1;
	if (tolower((unsigned char)x) == special)
		bits |= extra;
	*ret_bits = bits;
	return 0;
}

/* "-rw-r--r-- 1 0 0 …", where there is no stat */
static int parse_ls(struct slice line, struct file_state *ret_state, struct error *err)
{
	static const struct {
		char     letter;
		unsigned type;
	} types[] = { { '-', FILE_TYPE_FILE }, { 'd', FILE_TYPE_DIRECTORY }, { 'l', FILE_TYPE_LINK }, { 'p', FILE_TYPE_FIFO }, { 's', FILE_TYPE_SOCKET }, { 'b', FILE_TYPE_BLOCK }, { 'c', FILE_TYPE_CHARACTER } };
	struct file_state state = { 0 };
	struct slice      mode, links, uid, gid;
	unsigned          user, group, other;
	int               r;

	if (!slice_next_word(&line, &mode) || !slice_next_word(&line, &links) || !slice_next_word(&line, &uid) || !slice_next_word(&line, &gid))
		return error_set(err, ERR_SYNTAX, "ls printed too little");
	for (size_t i = 0; i < countof(types); i++)
		if (mode.len >= 10 && mode.ptr[0] == types[i].letter)
			state.mode = types[i].type;
	if (state.mode == 0 || memchr(mode.ptr, '\0', mode.len) || parse_letters(mode.ptr + 1, 's', 04000, &user) < 0 ||
	    parse_letters(mode.ptr + 4, 's', 02000, &group) < 0 || parse_letters(mode.ptr + 7, 't', 01000, &other) < 0)
		return error_set(err, ERR_SYNTAX, "ls printed a mode that is not understood");
	state.mode |= (user & 7) << 6 | (group & 7) << 3 | (other & 7) | (user & 04000) | (group & 02000) | (other & 01000);
	r = text_parse_unsigned(uid, 10, UINT32_MAX, &state.uid, err);
	if (r == 0)
		r = text_parse_unsigned(gid, 10, UINT32_MAX, &state.gid, err);
	if (r == 0)
		*ret_state = state;
	return r;
}

int file_state_next(struct slice *body, bool from_ls, struct file_state *ret_state, struct error *err)
{
	struct slice line;
	bool         ended;

	if (!slice_next_line(body, &line, &ended) || !ended)
		return error_set(err, ERR_SYNTAX, "the line is not complete");
	return from_ls ? parse_ls(line, ret_state, err) : parse_stat(line, ret_state, err);
}
