/*
 * loader.h: what the files of a rule set share while they are read. Internal to this folder.
 *
 * Everything a loaded rule points at lives in the rule set's arena; the YAML trees are needed until the last operand is compiled.
 */
#ifndef SSHVET_LOADER_H
#define SSHVET_LOADER_H

#include "algorithm.h"
#include "arena.h"
#include "rule.h"
#include "yaml.h"

enum parameter_type {
	PARAMETER_UNKNOWN = 0,
	PARAMETER_TEXT,
	PARAMETER_INTEGER,
	PARAMETER_BOOLEAN,
	PARAMETER_MODE,
	PARAMETER_LIST,
	PARAMETER_TYPES
};

/* A value a site may choose. */
struct parameter {
	const char             *name;
	const char             *rule; /* id of the rule that declares it */
	enum parameter_type     type;
	const struct yaml_node *standard; /* its default */
	const struct yaml_node *chosen;   /* what the profile says; NULL when it says nothing */
	bool                    used;     /* some operand refers to it */
};

/* A regular expression must be released one by one. */
struct regex_link {
	struct regex_link *next;
	regex_t            regex;
};

struct profile {
	const char             *name;
	const char             *title;
	const char             *extends; /* NULL: nothing */
	const struct yaml_node *root;
};

struct loader {
	struct arena                *arena; /* of the rule set */
	struct regex_link          **regexes;
	const struct ruleset_module *modules;
	size_t                       nmodules;
	struct yaml                **files;
	size_t                       nfiles;
	struct rule                 *rules;
	size_t                       nrules;
	struct parameter            *parameters;
	size_t                       nparameters;
	struct profile              *profiles;
	size_t                       nprofiles;
	const struct algorithms     *algorithms; /* by class; NULL: no file listed any */
	const char                  *algorithms_file;
};

/* Release what is needed only while loading. */
void loader_fini(struct loader *l);

/*
 * schema.c: the shape of YAML files.
 */

/* The names a thing may have, for messages that say what would be right. */
struct names {
	const char *const *items;
	size_t             count;
};
#define NAMES(array) ((struct names){ (array), countof(array) })

/* ERR_SYNTAX at `n`: "unknown WHAT 'word'; did you mean 'x'? Known: …". */
int schema_unknown(const struct yaml_node *n, const char *what, const char *word, struct names names, struct error *err);

/* `n` is a mapping with no other keys than `names`. `what` is for messages: "a rule". */
int schema_keys(const struct yaml_node *n, const char *what, struct names names, struct error *err) MUST_USE;

/* The value of a key that must be there, */
int schema_get(const struct yaml_node *mapping, const char *key, const struct yaml_node **ret_node, struct error *err) MUST_USE;

/* and as a text of the arena, without blanks around it. */
int schema_get_text(struct loader *l, const struct yaml_node *mapping, const char *key, const char **ret_text, struct error *err) MUST_USE;

/* Values. A plain number, true, false or null is no text: other YAML readers would take it for what it looks like. */
int schema_text(const struct yaml_node *n, const char **ret_text, struct error *err) MUST_USE;
int schema_integer(const struct yaml_node *n, int64_t *ret_value, struct error *err) MUST_USE;
int schema_boolean(const struct yaml_node *n, bool *ret_value, struct error *err) MUST_USE;
int schema_mode(const struct yaml_node *n, unsigned *ret_mode, struct error *err) MUST_USE;
int schema_list(const struct yaml_node *n, const char *of, struct error *err) MUST_USE; /* a sequence that is not empty */

/* Names of rules and profiles: lower-case letters, digits, single '-' between; of parameters and benchmarks: '_' instead. */
bool schema_is_id(const char *text, char separator) MUST_USE;

/*
 * parameter.c
 */

/* The `parameters` of a rule; NULL when it has none. */
int parameter_declare(struct loader *l, const char *rule, const struct yaml_node *parameters, struct error *err) MUST_USE;

/* The `parameters` of a profile. */
int parameter_choose(struct loader *l, const struct yaml_node *choices, struct error *err) MUST_USE;

/* What stands for an operand: the node itself, or for $name the value of that parameter, whose errors then point to where it was set. */
int parameter_resolve(struct loader *l, const char *rule, const struct yaml_node *n, const struct yaml_node **ret_value, struct error *err) MUST_USE;

/* Every parameter is used by the rule that declares it. */
int parameter_check_used(const struct loader *l, const struct rule *rule, struct error *err) MUST_USE;

/*
 * operand.c
 */

/* The operand of an operator over a fact; errors name the place and how such an operand is written. */
int operand_compile(struct loader *l, const char *rule, const struct rule_operator *op, const struct fact_spec *fact, const struct yaml_node *n,
                    struct operand *ret_operand, struct error *err) MUST_USE;

/*
 * condition.c: from conditions in YAML to conditions.
 */

/* A condition. `each` is the table whose items it is asked of (NULL: none); `module` the only one whose facts it may use (NULL: any);
 * `extra` are keys of the same mapping that the caller reads itself. */
struct condition_scope {
	const char                  *rule;
	const struct ruleset_module *module;
	const struct fact_ref       *each;
	struct names                 extra;
};
int condition_compile(struct loader *l, const struct condition_scope *scope, const struct yaml_node *n, struct condition *ret_condition,
                      struct error *err) MUST_USE;

/* A fact by its name. */
int condition_fact(struct loader *l, const struct condition_scope *scope, const struct yaml_node *n, struct fact_ref *ret_fact, struct error *err) MUST_USE;

/*
 * load.c: rule files. The rules of one file are appended, not yet compiled (a file of algorithms goes to algorithm.c); then each is
 * compiled, with the parameters as they are now.
 */
int load_rules(struct loader *l, const struct yaml *file, const char *name, struct error *err) MUST_USE;
int load_demand(struct loader *l, struct rule *rule, struct error *err) MUST_USE;

/* A severity by its name; ERR_SYNTAX lists them. */
int load_severity(const struct yaml_node *n, enum severity *ret_severity, struct error *err) MUST_USE;

/*
 * remedy.c: the remediation of a rule, a text or several by a fact: the texts; and, once `each` is known (NULL: there is none), the fact.
 */
int remedy_load(struct loader *l, const struct yaml_node *rule_node, struct rule *rule, struct error *err) MUST_USE;
int remedy_compile(struct loader *l, const struct fact_ref *each, struct rule *rule, struct error *err) MUST_USE;

/*
 * profile.c
 */

/* One profile file, checked as far as it can be alone. `name` is what it must be called; NULL: anything. */
int profile_load(struct loader *l, const struct yaml *file, const char *path, const char *name, struct error *err) MUST_USE;

/* ERR_NOT_FOUND lists those that exist. */
int profile_find(const struct loader *l, const char *name, const struct profile **ret_profile, struct error *err) MUST_USE;

/* Mark the rules a profile selects (`selected` has l->nrules elements), after those of the profile it extends. */
int profile_select(const struct loader *l, const struct profile *p, bool *selected, struct error *err) MUST_USE;

/* Set its parameters and severities, after those of the profile it extends; and take all of that back. */
int profile_apply(struct loader *l, const struct profile *p, struct error *err) MUST_USE;
int profile_reset(struct loader *l, struct error *err) MUST_USE;

/*
 * library.c: where the files come from.
 */

/* Read library/ and profiles/ of a folder (NULL: the embedded ones): all rules and profiles, not compiled. */
int library_load(struct loader *l, const char *folder, struct error *err) MUST_USE;

/* One profile from a file of its own. */
int library_load_profile(struct loader *l, const char *path, struct error *err) MUST_USE;

#endif
