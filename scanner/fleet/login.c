#include "login.h"

#include "mem.h"
#include "sshd_match.h"

struct login_context {
	const char  *permitrootlogin;
	const char  *pubkeyauthentication;
	const cJSON *allowusers;
	const cJSON *denyusers;
	const cJSON *allowgroups;
	const cJSON *denygroups;
};

static const struct field fields[] = {
	{ "permitrootlogin", FIELD_TEXT, offsetof(struct login_context, permitrootlogin) },
	{ "pubkeyauthentication", FIELD_TEXT, offsetof(struct login_context, pubkeyauthentication) },
	{ "allowusers", FIELD_LIST, offsetof(struct login_context, allowusers) },
	{ "denyusers", FIELD_LIST, offsetof(struct login_context, denyusers) },
	{ "allowgroups", FIELD_LIST, offsetof(struct login_context, allowgroups) },
	{ "denygroups", FIELD_LIST, offsetof(struct login_context, denygroups) },
};

bool login_rules_take(struct login_rules *rules, const cJSON *contexts)
{
	size_t count = (size_t)cJSON_GetArraySize(contexts);

	rules->count = 0;
	if (count > rules->room) {
		struct login_context *grown = mem_resize(rules->items, count, sizeof(*grown));

		if (!grown)
			return false;
		rules->items = grown;
		rules->room = count;
	}
	for (const cJSON *item = contexts ? contexts->child : NULL; item; item = item->next) {
		struct login_context *context = &rules->items[rules->count++];

		*context = (struct login_context){ 0 };
		if (fields_take(item, fields, countof(fields), context))
			*context = (struct login_context){ 0 }; /* not understood: closes nothing */
	}
	return true;
}

static bool is_word(const char *value, const char *word)
{
	return value && strcasecmp(value, word) == 0;
}

static bool matches(const char *name, struct slice pattern)
{
	return sshd_match_pattern(slice_of(name), pattern);
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
	const cJSON *group;

	cJSON_ArrayForEach(pattern, patterns)
		cJSON_ArrayForEach(group, account->groups)
			if (matches(group->valuestring, slice_of(pattern->valuestring)))
				return true;
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
	mem_free(rules->items);
	*rules = (struct login_rules){ 0 };
}
