#include "login.h"

#include "mem.h"
#include "sshd_match.h"

const struct field login_fields[] = {
	{ "permitrootlogin", FIELD_TEXT, offsetof(struct login_context, permitrootlogin) },
	{ "pubkeyauthentication", FIELD_TEXT, offsetof(struct login_context, pubkeyauthentication) },
	{ "usepam", FIELD_TEXT, offsetof(struct login_context, usepam) },
	{ "allowusers", FIELD_LIST, offsetof(struct login_context, allowusers) },
	{ "denyusers", FIELD_LIST, offsetof(struct login_context, denyusers) },
	{ "allowgroups", FIELD_LIST, offsetof(struct login_context, allowgroups) },
	{ "denygroups", FIELD_LIST, offsetof(struct login_context, denygroups) },
};
const size_t login_nfields = countof(login_fields);

bool login_rules_add(struct login_rules *rules, const struct login_context *context)
{
	struct login_context *grown = mem_resize(rules->items, rules->count + 1, sizeof(*grown));

	if (!grown) {
		cJSON_Delete(context->object);
		return false;
	}
	rules->items = grown;
	rules->items[rules->count++] = *context;
	return true;
}

static bool is_word(const char *value, const char *word)
{
	return value && strcasecmp(value, word) == 0;
}

static bool matches(const char *name, struct slice pattern)
{
	return slice_matches(slice_of(name), pattern);
}

/* The part of a user@host pattern before the @; all of it when there is none. */
static struct slice user_part(const char *pattern)
{
	return (struct slice){ .ptr = pattern, .len = strcspn(pattern, "@") };
}

/* Denied wherever the connection comes from. */
static bool is_denied_user(const struct login_context *context, const char *name)
{
	const cJSON *pattern;

	cJSON_ArrayForEach(pattern, context->denyusers)
		if (!strchr(pattern->valuestring, '@') && matches(name, slice_of(pattern->valuestring)))
			return true;
	return false;
}

/* A list that is there and lets the account in from nowhere. */
static bool is_missing_user(const struct login_context *context, const char *name)
{
	const cJSON *pattern;

	if (!context->allowusers || !context->allowusers->child)
		return false;
	cJSON_ArrayForEach(pattern, context->allowusers)
		if (matches(name, user_part(pattern->valuestring)))
			return false;
	return true;
}

static bool has_group(const struct login_account *account, const cJSON *patterns)
{
	const cJSON *pattern;

	cJSON_ArrayForEach(pattern, patterns) {
		struct slice rest = slice_of(account->groups);
		struct slice group;

		while (slice_next(&rest, ',', &group))
			if (slice_matches(group, slice_of(pattern->valuestring)))
				return true;
	}
	return false;
}

static bool is_refused_by_group(const struct login_context *context, const struct login_account *account)
{
	if (!account->groups)
		return false;
	return has_group(account, context->denygroups) ||
	       (context->allowgroups && context->allowgroups->child && !has_group(account, context->allowgroups));
}

static const char *refusal(const struct login_context *context, const struct login_account *account, bool forced)
{
	if (is_word(context->pubkeyauthentication, "no"))
		return "sshd: PubkeyAuthentication no";
	if (account->root && is_word(context->permitrootlogin, "no"))
		return "sshd: PermitRootLogin no";
	if (account->root && !forced && is_word(context->permitrootlogin, "forced-commands-only"))
		return "sshd: PermitRootLogin forced-commands-only, and the key has no command";
	if (account->locked && is_word(context->usepam, "no"))
		return "sshd: the password is locked, and UsePAM no";
	if (is_denied_user(context, account->name))
		return "sshd: DenyUsers";
	if (is_missing_user(context, account->name))
		return "sshd: not in AllowUsers";
	if (is_refused_by_group(context, account))
		return "sshd: DenyGroups or AllowGroups";
	return NULL;
}

const char *login_refusal(const struct login_rules *rules, const struct login_account *account, bool forced)
{
	const char *first = NULL;

	for (size_t i = 0; i < rules->count; i++) {
		const char *why = refusal(&rules->items[i], account, forced);

		if (!why)
			return NULL;
		if (!first)
			first = why;
	}
	return first;
}

void login_rules_fini(struct login_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		cJSON_Delete(rules->items[i].object);
	mem_free(rules->items);
	*rules = (struct login_rules){ 0 };
}
