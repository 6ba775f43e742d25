/* fuzz.h: the one entry point every fuzz target defines; libFuzzer or replay.c calls it. Returns 0; a defect ends the process. */
#ifndef SSHVET_FUZZ_H
#define SSHVET_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
