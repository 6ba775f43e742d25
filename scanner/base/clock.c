#include "clock.h"

#include "text.h"

uint64_t clock_milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* 9999-12-31T23:59:59Z: the last second that has four digits for its year. */
#define LAST_SECOND 253402300799

void clock_stamp(char ret_stamp[CLOCK_STAMP_SIZE])
{
	const char *fixed = getenv("SOURCE_DATE_EPOCH");
	time_t      seconds = time(NULL);
	struct tm   utc;
	uint64_t    value;

	if (fixed && text_parse_unsigned(slice_of(fixed), 10, LAST_SECOND, &value, NULL) == 0)
		seconds = (time_t)value;
	gmtime_r(&seconds, &utc);
	strftime(ret_stamp, CLOCK_STAMP_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc);
}
