/*
 * inventory_yaml.h: inventories in YAML or JSON. Inside the inventory part only.
 */
#ifndef SSHVET_INVENTORY_YAML_H
#define SSHVET_INVENTORY_YAML_H

#include "inventory.h"

/* Add the targets of a YAML text; `name` is the file's. ERR_SYNTAX with file:line:column, ERR_NOMEM. */
int inventory_yaml_parse(struct inventory *inv, struct slice text, const char *name,
                         const struct inventory_defaults *defaults, struct error *err) MUST_USE;

/* Hand a target over to the inventory, which takes its texts (`t` is emptied on success). ERR_NOMEM. */
int inventory_append(struct inventory *inv, struct target *t, const char *origin, struct error *err) MUST_USE;

#endif
