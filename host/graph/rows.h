/* rows.h -- the nodes of a graph as rows of bytes: all that a node's key is made of beside
 * its step and its sources' artifacts, to be compared and read without Lua.
 *
 * Row i is the node at position i (1..n).  It is
 *
 *     id               varint length, bytes
 *     step             varint: its number among the graph's steps, 1.., by first use
 *     parameters       varint length, bytes: the encoding (value/canonical.h) of the table of
 *                      all parameters
 *     inputs           varint how many; each, in declared order, is
 *         GRAPH_ROW_WIRE     position output              one node's output, two varints
 *         GRAPH_ROW_FAN_IN   count (position output)...   a list of nodes' outputs
 *         GRAPH_ROW_LITERAL  length, bytes                a value of the script that is no
 *                                                         table: its encoding
 *
 * or it is empty: nothing is known of the node here, it has to be read from Lua.  Rows that
 * are equal, byte by byte, of two graphs with the same steps and the same nodes at the
 * positions of the sources, are nodes that do the same work.  Nothing in them depends on
 * addresses or on the order of a table.
 *
 * A GraphRows starts as {0} and owns its memory; graph_rows_release accepts it as often as
 * wanted.  What the functions return points into it, until the next row is added. */
#ifndef GRAPH_ROWS_H
#define GRAPH_ROWS_H

#include "base/buf.h"
#include "meta/db.h"

typedef struct GraphRows {
    uint64_t serial;                    /* of no other GraphRows of the Lua state; from 1 */
    Buf bytes;                          /* the rows, one after the other */
    Buf ends;                           /* a size_t for each: where it ends in bytes */
} GraphRows;

/* What an input begins with. */
enum { GRAPH_ROW_WIRE = 0, GRAPH_ROW_FAN_IN = 1, GRAPH_ROW_LITERAL = 2 };

typedef struct GraphRow {
    Slice id, params;
    uint64_t step;
    const unsigned char *inputs, *end;
} GraphRow;

/* -- writing --------------------------------------------------------------- */

/* Puts of a row go to rows->bytes; the row ends here.  Positions without a row until then
 * get empty ones.  0, or ERR_NOMEM: the row is not there. */
int graph_rows_end(GraphRows *rows, size_t position);
/* Forgets what was put of a row that does not end. */
void graph_rows_cancel(GraphRows *rows);
void graph_rows_release(GraphRows *rows);

/* -- reading --------------------------------------------------------------- */

/* How many rows there are; nodes at later positions have none. */
size_t graph_rows_count(const GraphRows *rows);
/* The row at the position, in full; no bytes where it is empty or there is none. */
Slice graph_rows_bytes(const GraphRows *rows, size_t position);
/* Its parts; 0 where it is empty or there is none. */
int graph_rows_get(const GraphRows *rows, size_t position, GraphRow *row);
/* A number of a row's inputs: advances *p. */
uint64_t graph_rows_number(const unsigned char **p, const unsigned char *end);

#endif
