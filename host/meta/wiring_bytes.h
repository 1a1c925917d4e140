/* wiring_bytes.h -- the wiring of a pipeline as bytes: a spec.
 *
 *     the format (varint 2, or 3 with marks), the number of nodes, then per node, in order
 *         id, step's name                 (strings: varint length, bytes)
 *         number of inputs; per input its port's name and its sources:
 *             number of sources; per source the node's position (1..n) and output (1..m),
 *             or 0 for a literal and its label: a string, empty for most, the name of
 *             what is from outside (not there in format 1).  A fan-in has one source an
 *             element; one that is empty has none.  An input that is no list has one.
 *         number of outputs and their names
 *         in format 3: number of marks; per mark its name and its sources, as of an
 *         input (lua/graph/graph.lua): "map PORT", "when", "if", "unless", "after"
 *
 * Its hash is over the sorted digests of the nodes, each over the same facts with sources
 * named by id, so it does not depend on the order of definition.
 *
 * Both sides are told what comes in that order.  A damaged spec is never read past its
 * end: the reader sets .bad, and gives zeros and empty strings from there on. */
#ifndef WIRING_BYTES_H
#define WIRING_BYTES_H

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "meta/db.h"

enum { WIRING_FIRST = 1, WIRING_PLAIN = 2, WIRING_MARKED = 3 };         /* formats */

/* -- writing --------------------------------------------------------------- */

/* Starts as {0}; release with wiring_writer_release. */
typedef struct WiringWriter {
    Buf bytes;                          /* the spec so far */
    Buf digests;                        /* of the nodes that have ended */
    Hash node;
    int failed;                         /* out of memory: what follows is left out */
} WiringWriter;

void wiring_writer_release(WiringWriter *w);
/* n nodes follow; marked: in format 3. */
void wiring_begin(WiringWriter *w, int marked, size_t n);
void wiring_node_begin(WiringWriter *w);
void wiring_node_end(WiringWriter *w);
/* An id, or the name of a step, a port or a mark. */
void wiring_name(WiringWriter *w, Slice name);
/* How many inputs, outputs or marks follow. */
void wiring_count(WiringWriter *w, size_t n);
/* The input has one source; or it is a fan-in of n. */
void wiring_one_source(WiringWriter *w);
void wiring_fan_in(WiringWriter *w, size_t n);
/* A source: the output of the node at the position, whose id this is; or a literal. */
void wiring_source(WiringWriter *w, uint64_t position, Slice id, uint64_t output);
void wiring_literal(WiringWriter *w, Slice label);
/* The spec is in w->bytes, its hash in *hash; 0, or ERR_NOMEM. */
int wiring_end(WiringWriter *w, unsigned char hash[HASH_SIZE]);

/* -- reading --------------------------------------------------------------- */

typedef struct WiringReader {
    const unsigned char *p, *end;
    uint64_t format;
    int bad;
} WiringReader;

/* How many nodes there are.  A format that is not known is bad, too. */
uint64_t wiring_open(WiringReader *r, Slice spec);
/* A position or an output. */
uint64_t wiring_read_number(WiringReader *r);
/* How many things follow: at most as many as there are bytes left. */
uint64_t wiring_read_count(WiringReader *r);
/* Points into the spec. */
Slice wiring_read_name(WiringReader *r);
/* The label of a literal, after the 0 in the place of a position. */
Slice wiring_read_label(WiringReader *r);

/* Appends two Slices for each node, in order: its id and its step's name; they
 * point into spec.  ERR_CORRUPT when it is not a spec of a format that is known. */
int wiring_names(Buf *out, Slice spec, Err *err);

#endif
