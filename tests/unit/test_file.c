#define _XOPEN_SOURCE 700 /* mkdtemp() */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "file.h"
#include "mem.h"

/* A folder of the test's own, which is the current one while it runs. */
static int setup(void **state)
{
	static char path[64];

	snprintf(path, sizeof(path), "/tmp/sshvet-test-file-XXXXXX");
	*state = path;
	umask(022);
	signal(SIGPIPE, SIG_IGN);
	return mkdtemp(path) && chdir(path) == 0 ? 0 : -1;
}

/* What every test must leave behind: nothing but the files it names. */
static size_t count_files(void)
{
	DIR   *folder = opendir(".");
	size_t n = 0;

	assert_non_null(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n - 2;
}

static int teardown(void **state)
{
	static const char *const names[] = { "a", "b", "link", "fifo", "folder" };

	for (size_t i = 0; i < countof(names); i++)
		(void)remove(names[i]);
	return chdir("/") == 0 && rmdir(*state) == 0 ? 0 : -1;
}

static void make(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void assert_content(const char *path, const char *want)
{
	struct buf   text;
	struct error err = { 0 };

	assert_int_equal(file_read(path, 1000, FILE_ANY, &text, &err), 0);
	assert_string_equal(buf_text(&text), want);
	buf_free(&text);
}

/* What is asked of a file, what it is, and the answer with a word of its text. */
static void test_trust(void **state)
{
	static const struct {
		mode_t          mode;
		enum file_trust trust;
		int             code;
		const char     *says;
	} cases[] = {
		{ 0644, FILE_ANY, ERR_OK, "" },
		{ 0666, FILE_ANY, ERR_OK, "" },
		{ 0644, FILE_CONFIG, ERR_OK, "" },
		{ 0664, FILE_CONFIG, ERR_OK, "" },
		{ 0646, FILE_CONFIG, ERR_SYNTAX, "chmod o-w 'a'" },
		{ 0602, FILE_CONFIG, ERR_SYNTAX, "mode 0602" },
		{ 0600, FILE_PRIVATE, ERR_OK, "" },
		{ 0400, FILE_PRIVATE, ERR_OK, "" },
		{ 0640, FILE_PRIVATE, ERR_IDENTITY, "chmod 600 'a'" },
		{ 0604, FILE_PRIVATE, ERR_IDENTITY, "chmod 600 'a'" },
		{ 0610, FILE_PRIVATE, ERR_IDENTITY, "mode 0610" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct error err = { 0 };
		struct buf   text;

		make("a", "key\n", cases[i].mode);
		assert_int_equal(file_read("a", 100, cases[i].trust, &text, &err), cases[i].code);
		assert_non_null(strstr(err.text, cases[i].says));
		if (cases[i].code == ERR_OK) {
			assert_string_equal(buf_text(&text), "key\n");
			buf_free(&text);
		}
	}
}

/* A key that somebody else could have put there. Only root can make such a file. */
static void test_owner(void **state)
{
	struct error err = { 0 };
	struct buf   text;

	(void)state;
	if (geteuid() != 0)
		skip();
	make("a", "key\n", 0600);
	assert_int_equal(chown("a", 12345, 12345), 0);
	assert_int_equal(file_read("a", 100, FILE_PRIVATE, &text, &err), ERR_IDENTITY);
	assert_non_null(strstr(err.text, "12345"));
}

static void test_not_a_file(void **state)
{
	static const struct {
		const char     *path;
		enum file_trust trust;
		int             code;
		const char     *says;
	} cases[] = {
		{ "nowhere", FILE_ANY, ERR_NOT_FOUND, "'nowhere'" },
		{ "nowhere", FILE_PRIVATE, ERR_NOT_FOUND, "No such file" },
		{ "folder", FILE_ANY, ERR_SYNTAX, "is a directory" },
		{ "folder", FILE_PRIVATE, ERR_IDENTITY, "is a directory" },
		{ "a/b", FILE_ANY, ERR_SYNTAX, "Not a directory" },
		{ "/dev/null", FILE_PRIVATE, ERR_IDENTITY, "not a regular file" },
	};

	(void)state;
	make("a", "", 0600);
	assert_int_equal(mkdir("folder", 0700), 0);
	for (size_t i = 0; i < countof(cases); i++) {
		struct error err = { 0 };
		struct buf   text;

		assert_int_equal(file_read(cases[i].path, 100, cases[i].trust, &text, &err), cases[i].code);
		assert_non_null(strstr(err.text, cases[i].says));
	}
}

/* The maximum is exact, also where the file says nothing of its size. */
static void test_maximum(void **state)
{
	struct error err = { 0 };
	struct buf   text;

	(void)state;
	make("a", "12345", 0600);
	assert_int_equal(file_read("a", 5, FILE_ANY, &text, &err), 0);
	assert_int_equal(text.len, 5);
	buf_free(&text);
	assert_int_equal(file_read("a", 4, FILE_ANY, &text, &err), ERR_TOO_BIG);
	assert_non_null(strstr(err.text, "'a'"));
	assert_int_equal(file_read("/dev/zero", 100000, FILE_ANY, &text, &err), ERR_TOO_BIG);
}

/* Empty is a string too, and a NUL does not end it. */
static void test_content(void **state)
{
	struct buf text;
	FILE      *f;

	(void)state;
	make("a", "", 0600);
	assert_int_equal(file_read("a", 0, FILE_ANY, &text, NULL), 0);
	assert_non_null(text.ptr);
	assert_string_equal(text.ptr, "");
	buf_free(&text);
	f = fopen("a", "w");
	assert_non_null(f);
	assert_int_equal(fwrite("x\0y", 1, 3, f), 3);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(file_read("a", 10, FILE_ANY, &text, NULL), 0);
	assert_true(slice_equal(buf_slice(&text), (struct slice){ .ptr = "x\0y", .len = 3 }));
	buf_free(&text);
}

static void test_standard_input(void **state)
{
	struct buf text;
	int        ends[2];
	int        kept = dup(STDIN_FILENO);

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "from a pipe", 11), 11);
	close(ends[1]);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	assert_int_equal(file_read("-", 100, FILE_CONFIG, &text, NULL), 0);
	assert_string_equal(buf_text(&text), "from a pipe");
	buf_free(&text);
	if (kept >= 0) {
		dup2(kept, STDIN_FILENO);
		close(kept);
	}
}

static void test_written_whole(void **state)
{
	struct file_out f;

	(void)state;
	make("a", "old", 0644);
	assert_int_equal(file_create(&f, "a", NULL), 0);
	assert_true(fputs("new", f.stream) >= 0);
	assert_int_equal(fflush(f.stream), 0);
	assert_content("a", "old");
	assert_int_equal(count_files(), 2);
	assert_int_equal(file_commit(&f, NULL), 0);
	assert_content("a", "new");
	assert_int_equal(count_files(), 1);
	file_discard(&f);
	assert_content("a", "new");
}

static void test_discarded(void **state)
{
	struct file_out f;

	(void)state;
	make("a", "old", 0644);
	assert_int_equal(file_create(&f, "a", NULL), 0);
	assert_true(fputs("half", f.stream) >= 0);
	file_discard(&f);
	file_discard(&f);
	assert_content("a", "old");
	assert_int_equal(count_files(), 1);
}

/* A link to a report stays one, and what lies in wait under the temporary name is not written to. */
static void test_links(void **state)
{
	struct file_out f;
	struct stat     st;
	char            lurking[64];

	(void)state;
	make("a", "old", 0644);
	make("b", "precious", 0644);
	assert_int_equal(symlink("a", "link"), 0);
	assert_int_equal(file_create(&f, "link", NULL), 0);
	assert_true(fputs("new", f.stream) >= 0);
	assert_int_equal(file_commit(&f, NULL), 0);
	assert_content("a", "new");
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));

	snprintf(lurking, sizeof(lurking), "a.%ld.tmp", (long)getpid());
	assert_int_equal(symlink("b", lurking), 0);
	assert_int_equal(file_create(&f, "a", NULL), 0);
	assert_true(fputs("newer", f.stream) >= 0);
	assert_int_equal(file_commit(&f, NULL), 0);
	assert_content("a", "newer");
	assert_content("b", "precious");
	assert_int_equal(count_files(), 3);
}

static void test_cannot_create(void **state)
{
	static const struct {
		const char *path;
		const char *says;
	} cases[] = {
		{ "nowhere/report", "No such file" },
		{ "a/report", "Not a directory" },
		{ "folder", "Is a directory" },
		{ "/dev/nothing-here/x", "No such file" },
	};

	(void)state;
	make("a", "", 0644);
	assert_int_equal(mkdir("folder", 0700), 0);
	for (size_t i = 0; i < countof(cases); i++) {
		struct error    err = { 0 };
		struct file_out f;

		assert_int_equal(file_create(&f, cases[i].path, &err), ERR_OUTPUT);
		assert_non_null(strstr(err.text, cases[i].says));
		assert_null(f.stream);
	}
	assert_int_equal(count_files(), 2);
}

/* Small enough to stay in the stream's own memory until it is flushed, and too large for that. */
static void test_full_disk(void **state)
{
	static const size_t sizes[] = { 1, 1000000 };

	(void)state;
	for (size_t i = 0; i < countof(sizes); i++) {
		struct error    err = { 0 };
		struct file_out f;

		assert_int_equal(file_create(&f, "/dev/full", &err), 0);
		for (size_t n = 0; n < sizes[i]; n++)
			(void)fputc('x', f.stream);
		assert_int_equal(file_commit(&f, &err), ERR_OUTPUT);
		assert_non_null(strstr(err.text, "'/dev/full': "));
		assert_null(strstr(err.text, "Success"));
		if (sizes[i] == 1)
			assert_non_null(strstr(err.text, "No space left"));
		assert_null(f.stream);
	}
}

/* Past the limit on a file's size writes fail as on a full disk, on a regular file: nothing of it may remain. */
static void test_disk_fills_up(void **state)
{
	struct error    err = { 0 };
	struct file_out f;
	struct rlimit   kept;
	struct rlimit   small;

	(void)state;
	make("a", "old", 0644);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &kept), 0);
	small = (struct rlimit){ .rlim_cur = 4096, .rlim_max = kept.rlim_max };
	assert_int_equal(file_create(&f, "a", &err), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (size_t n = 0; n < 10000; n++)
		(void)fputc('x', f.stream);
	assert_int_equal(file_commit(&f, &err), ERR_OUTPUT);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &kept), 0);
	assert_null(strstr(err.text, "Success"));
	assert_content("a", "old");
	assert_int_equal(count_files(), 1);
}

/* Run file_commit() with standard output leading to `fd`. */
static int commit_to_standard_output(const char *path, int fd, struct error *err)
{
	struct file_out f;
	int             kept = dup(STDOUT_FILENO);
	int             r;

	assert_int_equal(fflush(stdout), 0);
	assert_true(kept >= 0 && dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
	r = file_create(&f, path, err);
	if (r == 0) {
		(void)fputs("a line\n", f.stream);
		r = file_commit(&f, err);
	}
	(void)fflush(stdout);
	clearerr(stdout);
	dup2(kept, STDOUT_FILENO);
	close(kept);
	return r;
}

static void test_closed_pipe(void **state)
{
	static const char *const paths[] = { "-", NULL, "/dev/stdout" };

	(void)state;
	for (size_t i = 0; i < countof(paths); i++) {
		struct error err = { 0 };
		int          ends[2];

		assert_int_equal(pipe(ends), 0);
		if (i < 2) /* opening /dev/stdout needs a reader, as a FIFO does */
			close(ends[0]);
		assert_int_equal(commit_to_standard_output(paths[i], ends[1], &err), i < 2 ? ERR_OUTPUT : 0);
		if (i < 2)
			assert_non_null(strstr(err.text, "'standard output': Broken pipe"));
		else
			close(ends[0]);
		close(ends[1]);
	}
}

/* /dev/stdout is a link that leads to a regular file here: neither may be replaced, for whoever redirected there holds the file open. */
static void test_redirected_output(void **state)
{
	static const char *const paths[] = { "-", "/dev/stdout", "/proc/self/fd/1" };

	(void)state;
	for (size_t i = 0; i < countof(paths); i++) {
		struct error err = { 0 };
		struct stat  st = { 0 };
		struct stat  now = { 0 };
		int          fd = open("a", O_RDWR | O_CREAT | O_TRUNC, 0644);

		assert_true(fd >= 0 && fstat(fd, &st) == 0);
		assert_int_equal(commit_to_standard_output(paths[i], fd, &err), 0);
		close(fd);
		assert_true(stat("a", &now) == 0 && now.st_ino == st.st_ino);
		assert_content("a", "a line\n");
		assert_true(lstat("/dev/stdout", &st) == 0 && S_ISLNK(st.st_mode));
		assert_int_equal(count_files(), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
		TEST(test_trust),         TEST(test_owner),           TEST(test_not_a_file),    TEST(test_maximum),
		TEST(test_content),       TEST(test_standard_input),  TEST(test_written_whole), TEST(test_discarded),
		TEST(test_links),         TEST(test_cannot_create),   TEST(test_full_disk),     TEST(test_disk_fills_up),
		TEST(test_closed_pipe),   TEST(test_redirected_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
