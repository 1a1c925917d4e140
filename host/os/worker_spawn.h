/* worker_spawn.h -- the end of a program that worker_spawn (worker_process.h) started. */
#ifndef WORKER_SPAWN_H
#define WORKER_SPAWN_H

#include "os/worker_process.h"

/* Its channel is closed: waits for it to end by itself, then kills it.  It is not reaped. */
void worker_await_program(const Worker *w);

#endif
