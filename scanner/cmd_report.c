#include "outputs.h"

int cmd_report(const struct options *options, struct error *err)
{
	struct outputs         outputs;
	struct journal_reader *journal;
	int                    r = outputs_prepare(options, &outputs, err);

	if (r < 0)
		return r;
	r = journal_open(options->operands.items, options->operands.count, &journal, err);
	if (r == 0) {
		r = outputs_write(&outputs, options, journal, options->operands.items[0], err);
		journal_reader_free(journal);
	}
	outputs_fini(&outputs);
	return r;
}
