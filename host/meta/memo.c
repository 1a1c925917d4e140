/* memo.c -- see memo.h */
#include "meta/memo.h"

int
memo_forget(Db *db, Err *err)
{
    int rc = db_run(db, err, "delete from memo", "");

    return rc ? rc : db_run(db, err, "delete from node_memo", "");
}
