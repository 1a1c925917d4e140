/* memo.h -- the tables memo and node_memo: what earlier runs found, so that later ones need
 * not find it again.
 *
 * Both are derived, and what they say is true only while rows are appended: whatever deletes
 * rows or changes what they hold calls memo_forget in its transaction. */
#ifndef MEMO_H
#define MEMO_H

#include "base/err.h"
#include "meta/db.h"

/* Empties both tables; within a write transaction. */
int memo_forget(Db *db, Err *err);

#endif
