#include "paths.h"

/* Enough for every pair that somebody could want to read about. */
#define LOOKED_MAX UINT64_C(20000000)

/* Go to the next pair of a private key and a line; false past the last. */
static bool advance(const struct fleet *f, struct uses *u)
{
	if (u->key < f->nkeys && ++u->line < f->keys[u->key].lines.count)
		return true;
	u->line = 0;
	if (u->key < f->nkeys && f->keys[u->key].lines.count > 0 && ++u->private_key < f->keys[u->key].privates.count)
		return true;
	u->private_key = 0;
	do
		u->key++;
	while (u->key < f->nkeys && (f->keys[u->key].opens == 0 || f->keys[u->key].privates.count == 0));
	return u->key < f->nkeys;
}

bool uses_next(const struct fleet *f, struct uses *u, struct uses_item *ret_item)
{
	bool there = f->nkeys > 0;

	if (u->looked == 0) { /* one before the first pair */
		u->key = FLEET_NONE;
		u->line = u->private_key = 0;
	}
	while (there && !u->cut && advance(f, u)) {
		const struct fleet_key     *key = &f->keys[u->key];
		const struct fleet_private *p = &f->privates[key->privates.first + u->private_key];
		const struct fleet_line    *line = &f->lines[key->lines.first + u->line];
		enum use                    use;

		u->cut = ++u->looked >= LOOKED_MAX;
		if (f->accounts[p->account].node == f->accounts[line->account].node)
			continue;
		use = paths_use(f, p, line);
		if (use == USE_NONE)
			continue;
		*ret_item = (struct uses_item){ .private_key = p, .line = line, .from_unknown = use != USE_CERTAIN };
		return true;
	}
	return false;
}
