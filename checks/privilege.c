#include "privilege.h"

#include "sections.h"
#include "text.h"

bool privilege_is_root(const struct evidence *ev)
{
	const struct section *s = evidence_find(ev, "collector");

	return section_is_whole(s) && slice_is(section_arg(s, "uid"), "0");
}

int privilege_add_unavailable(cJSON *object, const char *name, const struct evidence *ev, const char *message, struct error *err)
{
	const struct section *s = evidence_find(ev, "collector");
	char                  why[300];

	if (!section_is_whole(s))
		return section_add_unavailable(object, name, "collector", s, REASON_MISSING, err);
	text_clean_into(why, sizeof(why), section_arg(s, "become_error"));
	if (why[0] == '\0')
		return fact_add_unavailable(object, name, REASON_PRIVILEGE, err, "%s", message);
	return fact_add_unavailable(object, name, REASON_PRIVILEGE, err, "%s (%s)", message, why);
}

enum reason privilege_reason(const struct evidence *ev)
{
	return privilege_is_root(ev) ? REASON_UNSUPPORTED : REASON_PRIVILEGE;
}
