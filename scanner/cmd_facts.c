#include "check.h"
#include "options.h"

/* Widths of the columns, over all modules so that they line up. */
struct widths {
	int name;
	int type;
};

static struct widths measure(void)
{
	struct widths w = { 0 };

	for (size_t m = 0; checks[m]; m++) {
		for (size_t i = 0; i < checks[m]->nfacts; i++) {
			int name = (int)strlen(checks[m]->facts[i].name);
			int type = (int)strlen(fact_type_name(checks[m]->facts[i].type));

			w.name = name > w.name ? name : w.name;
			w.type = type > w.type ? type : w.type;
		}
	}
	return w;
}

static void print_fact(const struct fact_spec *f, const char *indent, struct widths w)
{
	printf("%s%-*s  %-*s  %s", indent, w.name, f->name, w.type, fact_type_name(f->type), f->summary);
	if (f->unit)
		printf(" (%s)", f->unit);
	putchar('\n');
}

int cmd_facts(const struct options *options, struct error *err)
{
	struct widths w = measure();

	(void)err;
	for (size_t m = 0; checks[m]; m++) {
		if (!options->list)
			printf("%s%s: %s\n", m > 0 ? "\n" : "", checks[m]->name, checks[m]->summary);
		for (size_t i = 0; i < checks[m]->nfacts; i++)
			print_fact(&checks[m]->facts[i], options->list ? "" : "  ", w);
	}
	return 0;
}
