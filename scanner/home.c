#include <pwd.h>

#include "home.h"

#include "mem.h"

/* An entry of the user database with the memory its texts are in. */
struct entry {
	struct passwd passwd;
	char          texts[16384]; /* sixteen times what glibc recommends */
};

static bool look_up(struct entry *e)
{
	struct passwd *found = NULL;

	return getpwuid_r(geteuid(), &e->passwd, e->texts, sizeof(e->texts), &found) == 0 && found;
}

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

int home_user(char **ret_user, struct error *err)
{
	const char  *user = variable("USER");
	struct entry e;

	if (!user && look_up(&e))
		user = e.passwd.pw_name;
	if (!user)
		return error_set(err, ERR_USAGE, "user %u has no name here; say with --user whom to log in as", (unsigned)geteuid());
	*ret_user = mem_strdup(user);
	return *ret_user ? 0 : error_nomem(err);
}

int home_path(const char *name, char **ret_path, struct error *err)
{
	const char  *home = variable("HOME");
	struct entry e;
	size_t       len;
	char        *path;

	if (!home && look_up(&e))
		home = e.passwd.pw_dir;
	if (!home)
		return error_set(err, ERR_USAGE, "user %u has no home folder; set HOME", (unsigned)geteuid());
	len = strlen(home) + 1 + strlen(name) + 1;
	path = mem_zalloc(len);
	if (!path)
		return error_nomem(err);
	snprintf(path, len, "%s/%s", home, name);
	*ret_path = path;
	return 0;
}
