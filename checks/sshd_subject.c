#include "sshd_subject.h"

/* The Match line without its comment; as it is written where it is not understood. */
static int append_match(struct buf *text, const struct sshd_config *config, size_t context, struct error *err)
{
	struct slice rest = config->contexts[context].criteria;
	struct error why;
	size_t       start = text->len;
	int          r, more = 1;

	r = buf_append_text(text, "Match", err);
	while (r == 0 && more > 0) {
		size_t before = text->len;

		r = buf_append(text, " ", 1, err);
		if (r == 0 && ((more = sshd_words_next(SSHD_WORDS_SHELL, &rest, text, &why)) <= 0 || text->len == before + 1))
			text->ptr[text->len = before] = '\0';
	}
	if (r == 0 && more < 0) {
		text->ptr[text->len = start] = '\0';
		r = buf_append_text(text, "Match ", err);
		if (r == 0)
			r = buf_append_slice(text, config->contexts[context].criteria, err);
	}
	return r;
}

/* True when the block says something about a set that the others do not, or a block included in it does. */
static bool is_named(const struct sshd_plan *plan, const sshd_contexts *set, size_t block)
{
	for (size_t i = 1; i < plan->config->ncontexts; i++) {
		size_t around = i;

		while (around != block && around != 0)
			around = plan->config->contexts[around].parent;
		if (around == block && set[i] && !sshd_plan_is_implied(plan, set, i))
			return true;
	}
	return false;
}

int sshd_subject_append(struct buf *text, const struct sshd_plan *plan, const sshd_contexts *set, struct error *err)
{
	size_t start = text->len;
	int    r = 0;

	for (size_t i = 1; r == 0 && i < plan->config->ncontexts; i++) {
		if (!is_named(plan, set, i))
			continue;
		r = text->len > start ? buf_append_text(text, " + ", err) : 0;
		if (r == 0)
			r = append_match(text, plan->config, i, err);
	}
	return r < 0 || text->len > start ? r : buf_append_text(text, "global", err);
}
