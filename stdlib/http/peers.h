/* peers.h -- the open connections, and until when each may stay as it is.
 *
 * A library's own time limit counts from the last byte, so that a client that sends one byte in a
 * while holds a connection for ever; here every stage has an end.  A connection past it is shut
 * down, whereupon the thread that has it closes it.  The lock is the caller's. */
#ifndef HTTP_PEERS_H
#define HTTP_PEERS_H

#include <stddef.h>

typedef enum { PEER_HEAD, PEER_BODY, PEER_WAITING, PEER_SENDING } PeerStage;

typedef struct Peer {
    int fd, is_shut;
    PeerStage stage;            /* WAITING has no end of its own: the request has */
    double since, until;
    struct Peer *next, *previous;
} Peer;

typedef struct Peers {
    Peer *first;
    int n;                      /* those that were shut down apart */
} Peers;

/* NULL when memory ran out. */
Peer *peers_add(Peers *peers, int fd, double now, double until);
void peers_remove(Peers *peers, Peer *peer);
void peer_set(Peer *peer, PeerStage stage, double now, double until);
/* Shuts down those whose time is over; those amid a body get the text before.  How many had it. */
int peers_expire(Peers *peers, double now, const char *text, size_t n);
/* How many have a request that waits, or a reply that is being sent. */
int peers_busy(const Peers *peers);
/* Shuts down the one that has waited longest for a request, or, where none does, the one whose body
 * is longest on its way, if that is a second at least; else 0. */
int peers_make_room(Peers *peers, double now);
/* Those that wait for a request do so until then at the latest. */
void peers_hurry(Peers *peers, double until);

double monotonic_seconds(void);

#endif
