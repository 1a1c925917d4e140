/* Rows of a graph: what is put comes back, positions without a row are empty. */
#include "check.h"
#include "graph/rows.h"

static void
put(GraphRows *rows, const char *id, const char *params, size_t n_params)
{
    buf_varint(&rows->bytes, strlen(id));
    buf_puts(&rows->bytes, id);
    buf_varint(&rows->bytes, 300);
    buf_varint(&rows->bytes, n_params);
    buf_put(&rows->bytes, params, n_params);
    buf_varint(&rows->bytes, 0);
}

static void
a_row_comes_back_in_parts(void)
{
    GraphRows rows = {0};
    GraphRow row;

    CHECK(graph_rows_count(&rows) == 0 && graph_rows_bytes(&rows, 1).len == 0);
    put(&rows, "a", "T\0\0", 3);
    CHECK(graph_rows_end(&rows, 1) == OK);
    put(&rows, "b", "n", 1);
    CHECK(graph_rows_end(&rows, 2) == OK && graph_rows_count(&rows) == 2);
    CHECK(graph_rows_get(&rows, 1, &row));
    CHECK(row.id.len == 1 && row.id.data[0] == 'a' && row.step == 300);
    CHECK(row.params.len == 3 && memcmp(row.params.data, "T\0\0", 3) == 0);
    CHECK(row.end - row.inputs == 1 && graph_rows_number(&row.inputs, row.end) == 0);
    CHECK(graph_rows_get(&rows, 2, &row) && row.id.data[0] == 'b' && row.params.len == 1);
    CHECK(graph_rows_bytes(&rows, 1).len == 9 && graph_rows_bytes(&rows, 2).len == 7);
    graph_rows_release(&rows);
    graph_rows_release(&rows);
}

static void
positions_without_a_row_are_empty(void)
{
    GraphRows rows = {0};
    GraphRow row;

    put(&rows, "c", "", 0);
    CHECK(graph_rows_end(&rows, 3) == OK && graph_rows_count(&rows) == 3);
    CHECK(!graph_rows_get(&rows, 0, &row) && !graph_rows_get(&rows, 1, &row));
    CHECK(!graph_rows_get(&rows, 2, &row) && !graph_rows_get(&rows, 4, &row));
    CHECK(graph_rows_get(&rows, 3, &row) && row.id.data[0] == 'c');
    graph_rows_release(&rows);
}

static void
what_was_put_of_a_row_is_forgotten(void)
{
    GraphRows rows = {0};
    GraphRow row;

    put(&rows, "a", "", 0);
    CHECK(graph_rows_end(&rows, 1) == OK);
    put(&rows, "wrong", "", 0);
    graph_rows_cancel(&rows);
    put(&rows, "b", "", 0);
    CHECK(graph_rows_end(&rows, 2) == OK);
    CHECK(graph_rows_get(&rows, 2, &row) && row.id.len == 1 && row.id.data[0] == 'b');
    put(&rows, "late", "", 0);
    CHECK(graph_rows_end(&rows, 2) != OK && graph_rows_count(&rows) == 2);
    CHECK(graph_rows_bytes(&rows, 2).len == 6);
    graph_rows_release(&rows);
}

int
main(void)
{
    RUN(a_row_comes_back_in_parts);
    RUN(positions_without_a_row_are_empty);
    RUN(what_was_put_of_a_row_is_forgotten);
    return check_done();
}
