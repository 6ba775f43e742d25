#include "sshd_effective.h"

/* What was tried, as major * 100 + minor: up to the former it is as it was, from the latter on as it is now. */
#define SETENV_IDLE 804  /* SetEnv in a Match block changes nothing */
#define LAST_LINE   1000 /* the last line of IPQoS, MaxStartups and PerSourceNetBlockSize counts; the first in some later release */
#define LAST_BEFORE 807  /* AuthorizedPrincipalsCommand counts unless AuthorizedKeysCommand is before it, and then the last line (bug 3574) */
#define LAST_MENDED 904  /* no more; in what distributions made of 8.7 to 9.3, perhaps */

/* What Match blocks may set in some release; the others are the daemon's own. */
static const bool in_match[SSHD_KEYWORDS] = {
	[SSHD_acceptenv] = true,
	[SSHD_allowagentforwarding] = true,
	[SSHD_allowgroups] = true,
	[SSHD_allowstreamlocalforwarding] = true,
	[SSHD_allowtcpforwarding] = true,
	[SSHD_allowusers] = true,
	[SSHD_authenticationmethods] = true,
	[SSHD_authorizedkeyscommand] = true,
	[SSHD_authorizedkeyscommanduser] = true,
	[SSHD_authorizedkeysfile] = true,
	[SSHD_authorizedprincipalscommand] = true,
	[SSHD_authorizedprincipalscommanduser] = true,
	[SSHD_authorizedprincipalsfile] = true,
	[SSHD_banner] = true,
	[SSHD_casignaturealgorithms] = true,
	[SSHD_channeltimeout] = true,
	[SSHD_chrootdirectory] = true,
	[SSHD_clientalivecountmax] = true,
	[SSHD_clientaliveinterval] = true,
	[SSHD_denygroups] = true,
	[SSHD_denyusers] = true,
	[SSHD_disableforwarding] = true,
	[SSHD_exposeauthinfo] = true,
	[SSHD_forcecommand] = true,
	[SSHD_gatewayports] = true,
	[SSHD_gssapiauthentication] = true,
	[SSHD_gssapidelegatecredentials] = true,
	[SSHD_hostbasedacceptedalgorithms] = true,
	[SSHD_hostbasedauthentication] = true,
	[SSHD_hostbasedusesnamefrompacketonly] = true,
	[SSHD_ignorerhosts] = true,
	[SSHD_ipqos] = true,
	[SSHD_kbdinteractiveauthentication] = true,
	[SSHD_kerberosauthentication] = true,
	[SSHD_loglevel] = true,
	[SSHD_logverbose] = true,
	[SSHD_maxauthtries] = true,
	[SSHD_maxsessions] = true,
	[SSHD_pamservicename] = true,
	[SSHD_passwordauthentication] = true,
	[SSHD_permitemptypasswords] = true,
	[SSHD_permitlisten] = true,
	[SSHD_permitopen] = true,
	[SSHD_permitrootlogin] = true,
	[SSHD_permittty] = true,
	[SSHD_permittunnel] = true,
	[SSHD_permituserrc] = true,
	[SSHD_pubkeyacceptedalgorithms] = true,
	[SSHD_pubkeyauthentication] = true,
	[SSHD_pubkeyauthoptions] = true,
	[SSHD_rdomain] = true,
	[SSHD_refuseconnection] = true,
	[SSHD_rekeylimit] = true,
	[SSHD_requiredrsasize] = true,
	[SSHD_revokedkeys] = true,
	[SSHD_setenv] = true,
	[SSHD_streamlocalbindmask] = true,
	[SSHD_streamlocalbindunlink] = true,
	[SSHD_subsystem] = true,
	[SSHD_trustedusercakeys] = true,
	[SSHD_unusedconnectiontimeout] = true,
	[SSHD_x11displayoffset] = true,
	[SSHD_x11forwarding] = true,
	[SSHD_x11maxdisplays] = true,
	[SSHD_x11uselocalhost] = true,
};

bool sshd_effective_in_match(sshd_release release, enum sshd_keyword keyword)
{
	if (keyword == SSHD_setenv && release != 0 && release <= SETENV_IDLE)
		return false;
	return in_match[keyword];
}

bool sshd_effective_keys_outdo(sshd_release release)
{
	return release == 0 || (release >= LAST_BEFORE && release < LAST_MENDED);
}

enum sshd_joining sshd_effective_joining(sshd_release release, enum sshd_keyword keyword)
{
	switch (keyword) {
	case SSHD_ipqos:
	case SSHD_maxstartups:
	case SSHD_persourcenetblocksize:
		return release != 0 && release <= LAST_LINE ? SSHD_LAST : SSHD_UNSURE;
	case SSHD_persourcemaxstartups: /* "none" takes back what was set before it */
		return SSHD_UNSURE;
	case SSHD_authorizedprincipalscommand:
		return sshd_effective_keys_outdo(release) ? SSHD_UNSURE : SSHD_FIRST;
	case SSHD_streamlocalbindmask:
	case SSHD_fingerprinthash:
		return SSHD_LAST;
	case SSHD_rekeylimit:              /* its two parts are set apart */
	case SSHD_unusedconnectiontimeout: /* "none" counts wherever it stands */
		return SSHD_ALL;
	default:
		return sshd_kind_adds_up(sshd_keyword_kind(keyword)) ? SSHD_ALL : SSHD_FIRST;
	}
}

void sshd_effective_satisfied(const struct sshd_config *config, const struct sshd_connection *connection, struct slice version, sshd_contexts *ret_set)
{
	ret_set[0] = false;
	for (size_t i = 1; i < config->ncontexts; i++) {
		const struct sshd_context *block = &config->contexts[i];

		ret_set[i] = !block->match.refused && (block->parent == 0 || ret_set[block->parent]);
		for (size_t j = 0; ret_set[i] && j < block->match.nitems; j++)
			ret_set[i] = sshd_criterion_holds(&block->match.items[j], connection, version);
	}
}

static size_t next_of(const struct sshd_config *config, const sshd_contexts *contexts, size_t directive)
{
	while (directive != SSHD_NONE && !contexts[config->directives[directive].context])
		directive = config->directives[directive].next;
	return directive;
}

size_t sshd_setting_next(const struct sshd_setting *setting, size_t directive)
{
	return next_of(setting->config, setting->contexts, setting->config->directives[directive].next);
}

/* The context among them with the first gap. */
static size_t first_gap(const struct sshd_config *config, const sshd_contexts *contexts)
{
	size_t gap = SSHD_NONE, position = SSHD_NONE;

	for (size_t i = 0; i < config->ncontexts; i++)
		if (contexts[i] && config->contexts[i].gap < position) {
			gap = i;
			position = config->contexts[i].gap;
		}
	return gap;
}

struct sshd_setting sshd_effective_find(const struct sshd_config *config, const sshd_contexts *contexts, enum sshd_keyword keyword)
{
	struct sshd_setting setting = {
		.config = config, .contexts = contexts, .keyword = keyword, .joining = sshd_effective_joining(config->release, keyword), .gap = SSHD_NONE
	};
	size_t gap = first_gap(config, contexts), next;

	setting.first = next_of(config, contexts, config->first[keyword]);
	if (gap != SSHD_NONE && (setting.first == SSHD_NONE || setting.joining != SSHD_FIRST ||
	                         config->directives[setting.first].position > config->contexts[gap].gap)) {
		setting.first = SSHD_NONE;
		setting.gap = gap;
	}
	if (setting.first != SSHD_NONE && setting.joining == SSHD_LAST)
		while ((next = sshd_setting_next(&setting, setting.first)) != SSHD_NONE)
			setting.first = next;
	return setting;
}
