/*
 * banned.h: functions this project does not use, as compile errors that say so. Included last by base.h.
 *
 * Copying without a bound: use buf.h. Converting without an error: use text_parse_unsigned(). Static results: use the
 * _r forms. Allocation: use mem.h, so that there is one place to look at. Leaving: only main.c exits.
 */
#ifndef SSHVET_BANNED_H
#define SSHVET_BANNED_H

#define BANNED(function) this_project_does_not_use_##function

#undef strcpy
#define strcpy(...) BANNED(strcpy)
#undef strcat
#define strcat(...) BANNED(strcat)
#undef strncpy
#define strncpy(...) BANNED(strncpy)
#undef strncat
#define strncat(...) BANNED(strncat)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf)
#undef strtok
#define strtok(...) BANNED(strtok)
#undef gets
#define gets(...) BANNED(gets)
#undef atoi
#define atoi(...) BANNED(atoi)
#undef atol
#define atol(...) BANNED(atol)
#undef system
#define system(...) BANNED(system)
#undef popen
#define popen(...) BANNED(popen)
#undef gmtime
#define gmtime(...) BANNED(gmtime)
#undef localtime
#define localtime(...) BANNED(localtime)

#ifndef SSHVET_MAY_EXIT /* main.c */
#undef exit
#define exit(...) BANNED(exit)
#endif

#ifndef SSHVET_MAY_ALLOCATE /* mem.c */
#undef malloc
#define malloc(...) BANNED(malloc)
#undef calloc
#define calloc(...) BANNED(calloc)
#undef realloc
#define realloc(...) BANNED(realloc)
#undef strdup
#define strdup(...) BANNED(strdup)
#undef strndup
#define strndup(...) BANNED(strndup)
#endif

#endif
