#include "sections.h"

#define STATUS_TIMEOUT 124 /* what timeout(1) ends with when it had to stop the command */

bool section_is_whole(const struct section *s)
{
	return s && s->ended && !s->truncated && s->status == 0;
}

enum reason section_reason(const struct section *s, enum reason failed)
{
	if (section_is_whole(s))
		return REASON_UNKNOWN;
	if (!s || !s->ended)
		return REASON_MISSING;
	if (s->status == STATUS_TIMEOUT)
		return REASON_TIMEOUT;
	return s->truncated ? REASON_TRUNCATED : failed;
}

int section_add_unavailable(cJSON *object, const char *fact, const char *name, const struct section *s, enum reason failed,
                            struct error *err)
{
	enum reason reason = section_reason(s, failed);

	if (section_is_whole(s))
		return 0;
	if (reason == REASON_TIMEOUT)
		return fact_add_unavailable(object, fact, reason, err, "the command of section %s did not end in time", name);
	if (reason == REASON_TRUNCATED)
		return fact_add_unavailable(object, fact, reason, err, "section %s holds more than its limit allows", name);
	if (!s)
		return fact_add_unavailable(object, fact, reason, err, "the evidence has no section %s", name);
	if (!s->ended)
		return fact_add_unavailable(object, fact, reason, err, "the evidence broke off in section %s", name);
	return fact_add_unavailable(object, fact, reason, err, "the command of section %s failed with status %d", name, s->status);
}
