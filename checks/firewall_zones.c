#include <libxml/parser.h>
#include <libxml/tree.h>

#include "firewall_zones.h"

#include "sections.h"

#define MAX_ZONES 256

/* An attribute of an element as text; empty when it has none. To be released with xmlFree(). */
static xmlChar *attribute(xmlNode *node, const char *name)
{
	return xmlGetNoNsProp(node, (const xmlChar *)name);
}

static bool is_element(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

/* Attribute `name` of every element `element`; a port's protocol behind a slash. */
static int add_list(cJSON *item, const char *fact, xmlNode *zone, const char *element, const char *name, struct error *err)
{
	cJSON *list = fact_add_array(item, fact);
	int    r = list ? 0 : error_nomem(err);

	for (xmlNode *node = zone->children; node && r == 0; node = node->next) {
		xmlChar *value, *protocol;
		char     text[300];

		if (!is_element(node, element) || !(value = attribute(node, name)))
			continue;
		protocol = attribute(node, "protocol");
		snprintf(text, sizeof(text), "%s%s%s", (const char *)value, protocol ? "/" : "", protocol ? (const char *)protocol : "");
		r = fact_list_append(list, slice_of(text), err);
		xmlFree(value);
		xmlFree(protocol);
	}
	return r;
}

/* "/etc/firewalld/zones/public.xml" is the zone public. */
static struct slice zone_name(struct slice path)
{
	struct slice rest = path, name = { 0 };

	while (slice_next(&rest, '/', &name))
		;
	return name.len > 4 ? slice_sub(name, 0, name.len - 4) : name;
}

/* A line of firewall-cmd --get-active-zones that begins with a name is an active zone; the others are indented. */
static bool is_active(const struct evidence *ev, struct slice name, bool *ret_known)
{
	const struct section *s = evidence_find(ev, "firewall.firewalld_zones");
	struct slice          body, line, word;

	*ret_known = section_is_whole(s);
	for (body = *ret_known ? s->body : (struct slice){ 0 }; slice_next_line(&body, &line, NULL);)
		if (line.len > 0 && line.ptr[0] != ' ' && slice_next_word(&line, &word) && slice_equal(word, name))
			return true;
	return false;
}

static int add_zone(cJSON *table, const struct evidence *ev, xmlNode *zone, struct slice path, struct error *err)
{
	static const struct {
		const char *fact, *element, *attribute;
	} lists[] = {
		{ "interfaces", "interface", "name" },
		{ "sources", "source", "address" },
		{ "services", "service", "name" },
		{ "ports", "port", "port" },
	};
	cJSON             *item = fact_table_append(table);
	const struct slice name = zone_name(path);
	xmlChar           *target = attribute(zone, "target");
	bool               known, active = is_active(ev, name, &known);
	int                r = item ? fact_add_text(item, "subject", name, err) : error_nomem(err);

	if (r == 0)
		r = fact_add_text(item, "target", slice_of(target ? (const char *)target : "default"), err);
	if (r == 0 && known)
		r = fact_add_boolean(item, "active", active, err);
	for (size_t i = 0; r == 0 && i < countof(lists); i++)
		r = add_list(item, lists[i].fact, zone, lists[i].element, lists[i].attribute, err);
	if (r == 0)
		r = fact_add_text(item, "where", path, err);
	xmlFree(target);
	return r;
}

/* No entity is expanded, and nothing is fetched. */
static int read_zone(cJSON *module, cJSON *table, const struct evidence *ev, const struct section *s, struct error *err)
{
	xmlDoc  *doc;
	xmlNode *root;
	int      r;

	if (!section_is_whole(s))
		return section_add_unavailable(module, "firewall.zones", "firewall.firewalld_zone", s, REASON_PRIVILEGE, err);
	doc = s->body.len > 0 && s->body.len < INT_MAX ? xmlReadMemory(s->body.ptr, (int)s->body.len, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING) : NULL;
	root = doc ? xmlDocGetRootElement(doc) : NULL;
	if (root && is_element(root, "zone"))
		r = add_zone(table, ev, root, section_arg(s, "path"), err);
	else
		r = fact_add_unavailable(module, "firewall.zones", REASON_PARSE, err, "a file of firewalld is not a zone");
	xmlFreeDoc(doc);
	return r;
}

static int add_default_zone(cJSON *module, const struct section *conf, struct error *err)
{
	struct slice body, line, name, value = { 0 };

	if (!section_is_whole(conf))
		return section_add_unavailable(module, "firewall.default_zone", "firewall.firewalld_conf", conf, REASON_PRIVILEGE, err);
	for (body = conf->body; slice_next_line(&body, &line, NULL);)
		if (slice_next(&line, '=', &name) && slice_is(slice_trim(name), "DefaultZone"))
			value = slice_trim(line);
	return fact_add_text(module, "default_zone", value.len > 0 ? value : slice_of("public"), err);
}

int firewall_zones_add(cJSON *module, const struct evidence *ev, struct error *err)
{
	const struct section *s;
	cJSON                *table;
	size_t                n = 0;
	int                   r;

	if (!section_is_whole(evidence_find(ev, "firewall.firewalld")))
		return 0;
	table = fact_add_array(module, "zones");
	r = table ? add_default_zone(module, evidence_find(ev, "firewall.firewalld_conf"), err) : error_nomem(err);
	for (s = evidence_find(ev, "firewall.firewalld_zone"); s && r == 0 && n++ < MAX_ZONES; s = evidence_find_next(ev, s))
		r = read_zone(module, table, ev, s, err);
	return r;
}
