/*
 * replay.c: runs a fuzz target over every file of a corpus folder, each input whole and cut short at a few places, without libFuzzer.
 * Fails when the folder holds no file: a corpus that vanished must not look like a success.
 */
#include <dirent.h>

#include "file.h"
#include "fuzz.h"
#include "mem.h"

/* Hand over a copy of exactly `size` bytes, so that the sanitizer sees the first byte read past the end. */
static void run(const char *bytes, size_t size)
{
	uint8_t *copy = mem_zalloc(size);

	if (!copy)
		abort();
	if (size > 0)
		memcpy(copy, bytes, size);
	(void)LLVMFuzzerTestOneInput(copy, size);
	mem_free(copy);
}

static int replay_file(const char *path)
{
	struct buf   text;
	struct error err;

	if (file_read(path, 64u << 20, FILE_ANY, &text, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	run(text.ptr, text.len);
	for (size_t part = 1; part < 32; part++)
		run(text.ptr, text.len * part / 32);
	buf_free(&text);
	return 0;
}

int main(int argc, char **argv)
{
	size_t         count = 0;
	struct dirent *entry;
	DIR           *folder = argc == 2 ? opendir(argv[1]) : NULL;

	if (!folder) {
		fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
		return 2;
	}
	while ((entry = readdir(folder)) != NULL) {
		char path[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
		if (replay_file(path) < 0)
			return 1;
		count++;
	}
	closedir(folder);
	printf("%zu inputs\n", count);
	return count > 0 ? 0 : 1;
}
