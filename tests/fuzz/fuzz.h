/* fuzz.h -- what each target here has: one function that is given bytes from
 * outside and must come back, whatever they are.
 *
 *     make fuzz     libFuzzer: FUZZ_SECONDS (30) a target, from corpus/NAME
 *     make test     replay.c: every file of corpus/NAME, without clang
 *
 * A target aborts where a promise of the header it tests is broken (what was
 * written reads back the same, an error has a message); the sanitizers see the
 * rest.  What a fuzzer finds becomes a file of the corpus. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert, which a release build leaves out. */
#define MUST(cond) ((cond) ? (void)0 : abort())

#endif
