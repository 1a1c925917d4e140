/* model_stage.h -- the stages that versions of models move between: staging, those that the project
 * adds in config.yaml (stages: [canary]), production, archived. */
#ifndef LIBRARY_MODEL_STAGE_H
#define LIBRARY_MODEL_STAGE_H

#include <stddef.h>

#include "base/err.h"

enum { MOST_STAGES = 64 };

/* Starts as {0}; release it always. */
typedef struct Stages {
    char *list[MOST_STAGES];
    size_t n;
} Stages;

/* In order; store is the folder that has config.yaml. */
int stages_read(Stages *s, const char *store, Err *err);
void stages_release(Stages *s);
int stages_have(const Stages *s, const char *name);

#endif
