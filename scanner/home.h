/*
 * home.h: who runs the program, and where their files are.
 */
#ifndef SSHVET_HOME_H
#define SSHVET_HOME_H

#include "error.h"

/* $USER, or what the user database says. The caller owns it (mem_free()). ERR_USAGE when nobody knows. */
int home_user(char **ret_user, struct error *err) MUST_USE;

/* `name` in the home folder ($HOME, or what the user database says). The caller owns it (mem_free()). ERR_USAGE when
 * nobody knows. */
int home_path(const char *name, char **ret_path, struct error *err) MUST_USE;

#endif
