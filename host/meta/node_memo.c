/* node_memo.c -- see node_memo.h */
#include <string.h>

#include "base/checksum.h"
#include "meta/meta_core.h"
#include "meta/node_memo.h"
#include "meta/packed_bytes.h"

enum { MOST = 64 << 20 };               /* bytes of nodes that are kept */

/* -- reading --------------------------------------------------------------- */

static int64_t
sum_of(Slice key, int64_t last_step, int64_t spec, Slice steps, Slice nodes, Slice results)
{
    Checksum s;

    checksum_init(&s);
    checksum_bytes(&s, key.data, key.len);
    checksum_int(&s, last_step);
    checksum_int(&s, spec);
    checksum_bytes(&s, steps.data, steps.len);
    checksum_bytes(&s, nodes.data, nodes.len);
    checksum_bytes(&s, results.data, results.len);
    return checksum_final(&s);
}

/* The row at hand. */
static int
read_row(NodeMemo *out, DbStmt *st, Slice key, Err *err)
{
    Slice parts[3] = {db_bytes(st, 2), db_bytes(st, 3), db_bytes(st, 4)};

    out->last_step = db_int(st, 0);
    out->spec = db_int(st, 1);
    if (sum_of(key, out->last_step, out->spec, parts[0], parts[1], parts[2]) != db_int(st, 5))
        return 0;
    if (buf_reserve(&out->bytes, parts[0].len + parts[1].len + parts[2].len))
        return err_nomem(err);
    out->steps = (Slice){(char *)out->bytes.data, parts[0].len};
    out->nodes = (Slice){out->steps.data + parts[0].len, parts[1].len};
    out->results = (Slice){out->nodes.data + parts[1].len, parts[2].len};
    for (int i = 0; i < 3; i++)
        buf_put(&out->bytes, parts[i].data, parts[i].len);
    return 1;
}

/* The keys of the step runs that came after it. */
static int
read_newer(NodeMemo *memo, Db *db, Err *err)
{
    DbStmt *st;
    int rc = db_query(db, &st, err,
                      "select id, key from step_run where id > ? and reusable = 1 order by id", "i",
                      memo->last_step);

    while (rc == OK && (rc = db_step(db, st, err)) == 1) {
        const unsigned char *key = db_digest(st, 1);

        memo->n_newer++;
        rc = key && digest_map_put(&memo->newer, key, db_int(st, 0), 0) ? err_nomem(err) : OK;
        if (rc)
            db_reset(st);
    }
    return rc;
}

int
node_memo_read(NodeMemo *out, Meta *m, Slice pipeline, Slice key, Err *err)
{
    DbStmt *st;
    int found, rc = db_query(m->db, &st, err,
                             "select last_step, n.spec, steps, nodes, results, sum"
                             " from node_memo n join pipeline p on p.id = n.pipeline"
                             " join pipeline_spec s on s.id = n.spec and s.pipeline = p.id"
                             " where p.name = ? and p.deleted is null and n.key = ?",
                             "sb", pipeline, key);

    if (rc || (rc = db_step(m->db, st, err)) <= 0)
        return rc;
    found = read_row(out, st, key, err);
    db_reset(st);
    if (found == 1 && (rc = read_newer(out, m->db, err)))
        return rc;
    return found;
}

void
node_memo_release(NodeMemo *memo)
{
    buf_release(&memo->bytes);
    digest_map_release(&memo->newer);
    *memo = (NodeMemo){0};
}

void
node_memo_begin(NodeMemoReader *r, const NodeMemo *memo)
{
    r->p = (const unsigned char *)memo->nodes.data;
    r->end = r->p + memo->nodes.len;
    r->result = (const unsigned char *)memo->results.data;
    r->result_end = r->result + memo->results.len;
}

static int
read_slice(NodeMemoReader *r, Slice *out)
{
    uint64_t n;

    if (buf_read_varint(&r->p, r->end, &n) || n > (uint64_t)(r->end - r->p))
        return 0;
    *out = (Slice){(const char *)r->p, n};
    r->p += n;
    return 1;
}

int
node_memo_next(NodeMemoReader *r, NodeMemoNode *out)
{
    if (!read_slice(r, &out->row) || r->p == r->end)
        return 0;
    out->state = *r->p++;
    if (out->state != NODE_MEMO_NONE) {
        if (r->end - r->p < HASH_SIZE)
            return 0;
        out->key = r->p;
        r->p += HASH_SIZE;
        if (!read_slice(r, &out->outs))
            return 0;
    }
    if ((size_t)(r->result_end - r->result) < sizeof out->step_run)
        return 0;
    memcpy(&out->step_run, r->result, sizeof out->step_run);
    r->result += sizeof out->step_run;
    return 1;
}

int
node_memo_is_newest(const NodeMemo *memo, const NodeMemoNode *node)
{
    const DigestEntry *newer = memo->n_newer ? digest_map_get(&memo->newer, node->key) : NULL;

    return !newer || newer->a == node->step_run;
}

int
node_memo_spec(const NodeMemo *memo, Meta *m, unsigned char hash[HASH_SIZE], Buf *out,
               Err *err)
{
    DbStmt *st;
    const unsigned char *kept;
    int rc = db_query(m->db, &st, err, "select hash, spec from pipeline_spec where id = ?",
                      "i", memo->spec);

    if (rc || (rc = db_step(m->db, st, err)) <= 0)
        return rc;
    kept = db_digest(st, 0);
    if (kept)
        memcpy(hash, kept, HASH_SIZE);
    rc = kept && packed_bytes_unpack(out, db_bytes(st, 1), NULL) == OK;
    db_reset(st);
    return rc;
}

/* -- writing --------------------------------------------------------------- */

/* Is the result of the node, with NODE_MEMO_PLAIN or _ASK, that of the newest record of its key,
 * and plain?  state becomes what is kept of it.  doubt: another process has written since the
 * plan. */
static int
judge(Meta *m, const NodeMemoNode *node, int doubt, unsigned char *state, Err *err)
{
    const DigestEntry *own = doubt ? NULL : digest_map_get(&m->records, node->key);
    int64_t row = node->step_run;
    DbStmt *st;
    int rc;

    if (*state == NODE_MEMO_KEY)
        return OK;
    if (own || (*state == NODE_MEMO_PLAIN && !doubt)) {
        *state = row && (!own || (own->a == row && own->b)) ? NODE_MEMO_PLAIN : NODE_MEMO_KEY;
        return OK;
    }
    *state = NODE_MEMO_KEY;
    if ((rc = db_query(m->db, &st, err,
                       "select step_run, objects, observed from record where key = ?"
                       " order by step_run desc limit 1",
                       "h", node->key)) ||
        (rc = db_step(m->db, st, err)) <= 0)
        return rc;
    if (row && db_int(st, 0) == row && !db_int(st, 1) && !db_int(st, 2))
        *state = NODE_MEMO_PLAIN;
    db_reset(st);
    return OK;
}

/* Copies the nodes with what the records say of them, and the rows of their results. */
static int
settle(Meta *m, const MetaFinish *f, Buf *nodes, Buf *results, Err *err)
{
    NodeMemoReader r;
    NodeMemoNode node;
    int64_t view;
    size_t n = 0;
    int rc;

    if ((rc = db_get_int(m->db, &view, 0, err, "pragma data_version", "")))
        return rc;
    if (buf_put(nodes, f->nodes.nodes.data, f->nodes.nodes.len))
        return err_nomem(err);
    for (; n < f->n_trace; n++)
        if (buf_put(results, &f->trace[n].row, sizeof f->trace[n].row))
            return err_nomem(err);
    r = (NodeMemoReader){nodes->data, nodes->data + nodes->len, results->data,
                         results->data + results->len};
    for (n = 0; n < f->n_trace && node_memo_next(&r, &node); n++) {
        /* the state is the byte before the key */
        if (node.state != NODE_MEMO_NONE &&
            (rc = judge(m, &node, view != f->nodes.view, (unsigned char *)node.key - 1, err)))
            return rc;
    }
    return n == f->n_trace && r.p == r.end
               ? OK
               : err_set(err, ERR_INVAL, "the nodes are not those of the trace");
}

int
node_memo_put(Meta *m, int64_t run, const MetaFinish *f, Err *err)
{
    const MetaNodeMemo *memo = &f->nodes;
    int64_t last, spec, pipeline;
    Buf nodes, results;
    int rc;

    if (!memo->key.data || memo->nodes.len > MOST)
        return OK;
    buf_init(&nodes);
    buf_init(&results);
    if ((rc = db_get_int(m->db, &last, 0, err, "select max(id) from step_run", "")) == OK &&
        (rc = db_get_int(m->db, &spec, 0, err, "select spec from run where row = ?", "i",
                         run)) == OK &&
        (rc = db_get_int(m->db, &pipeline, 0, err, "select pipeline from run where row = ?", "i",
                         run)) == OK &&
        (rc = settle(m, f, &nodes, &results, err)) == OK) {
        Slice n = {(char *)nodes.data, nodes.len}, r = {(char *)results.data, results.len};

        rc = db_run(m->db, err,
                    "insert or replace into node_memo(pipeline, key, last_step, spec, steps, nodes,"
                    " results, sum) values(?, ?, ?, ?, ?, ?, ?, ?)",
                    "ibiibbbi", pipeline, memo->key, last, spec, memo->steps, n, r,
                    sum_of(memo->key, last, spec, memo->steps, n, r));
    }
    buf_release(&nodes);
    buf_release(&results);
    return rc;
}
