#include "sshd_account.h"

#include "mem.h"
#include "sshd_reading.h"

int sshd_account_init(const struct evidence *ev, const struct accounts *accounts, struct sshd_account *ret_who, struct error *err)
{
	size_t        most = 0;
	struct slice *groups;

	for (size_t i = 0; i < accounts->nitems; i++)
		if (accounts->items[i].nmemberships > most)
			most = accounts->items[i].nmemberships;
	groups = mem_zalloc((most + 1) * sizeof(*groups));
	if (!groups)
		return error_nomem(err);
	*ret_who = (struct sshd_account){
		.accounts = accounts, .version = sshd_reading_version(ev), .groups_whole = accounts_groups_are_whole(ev, accounts), .groups = groups
	};
	return 0;
}

void sshd_account_fini(struct sshd_account *who)
{
	mem_free(who->groups);
	*who = (struct sshd_account){ 0 };
}

void sshd_account_choose(struct sshd_account *who, size_t number)
{
	const struct accounts *a = who->accounts;
	const struct account  *account = &a->items[number];
	size_t                 primary = accounts_find_gid(a, account->gid), n = 0;

	if (primary != ACCOUNT_NONE)
		who->groups[n++] = a->groups[primary].name;
	for (size_t i = 0; i < account->nmemberships; i++)
		who->groups[n++] = a->groups[a->memberships[account->memberships + i].group].name;
	who->account = account;
	who->connection = (struct sshd_connection){ .user = account->name, .user_exists = true, .groups = who->groups, .ngroups = n };
}

/* True when it is the same for all connections of the account, and known. */
static bool is_settled(const struct sshd_account *who, enum sshd_attribute attribute)
{
	switch (attribute) {
	case SSHD_MATCH_USER:
	case SSHD_MATCH_INVALID_USER:
	case SSHD_MATCH_ALL:
		return true;
	case SSHD_MATCH_GROUP:
		return who->groups_whole;
	case SSHD_MATCH_VERSION:
		return who->version.len > 0;
	default:
		return false;
	}
}

enum sshd_relation sshd_account_relation(const struct sshd_account *who, const struct sshd_config *config, size_t context)
{
	enum sshd_relation relation = SSHD_CERTAIN;

	for (; context != 0; context = config->contexts[context].parent) {
		const struct sshd_criteria *match = &config->contexts[context].match;

		if (match->refused)
			relation = SSHD_MAY;
		for (size_t i = 0; i < match->nitems; i++)
			if (!is_settled(who, match->items[i].attribute))
				relation = SSHD_MAY;
			else if (!sshd_criterion_holds(&match->items[i], &who->connection, who->version))
				return SSHD_NEVER;
	}
	return relation;
}
