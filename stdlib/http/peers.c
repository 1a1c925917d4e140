/* peers.c -- see peers.h */
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "peers.h"

Peer *
peers_add(Peers *peers, int fd, double now, double until)
{
    Peer *peer = calloc(1, sizeof *peer);

    if (!peer)
        return NULL;
    peer->fd = fd;
    peer_set(peer, PEER_HEAD, now, until);
    peer->next = peers->first;
    if (peers->first)
        peers->first->previous = peer;
    peers->first = peer;
    peers->n++;
    return peer;
}

void
peers_remove(Peers *peers, Peer *peer)
{
    if (peer->previous)
        peer->previous->next = peer->next;
    else
        peers->first = peer->next;
    if (peer->next)
        peer->next->previous = peer->previous;
    peers->n -= !peer->is_shut;
    free(peer);
}

void
peer_set(Peer *peer, PeerStage stage, double now, double until)
{
    peer->stage = stage;
    peer->since = now;
    peer->until = until;
}

static void
shut(Peers *peers, Peer *peer)
{
    peer->is_shut = 1;
    peers->n--;
    shutdown(peer->fd, SHUT_RDWR);
}

int
peers_expire(Peers *peers, double now, const char *text, size_t n)
{
    int slow = 0;

    for (Peer *p = peers->first; p; p = p->next) {
        if (p->is_shut || p->stage == PEER_WAITING || p->until >= now)
            continue;
        if (p->stage == PEER_BODY && send(p->fd, text, n, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
            slow++;
        shut(peers, p);
    }
    return slow;
}

int
peers_busy(const Peers *peers)
{
    int n = 0;

    for (const Peer *p = peers->first; p; p = p->next)
        n += !p->is_shut && (p->stage == PEER_WAITING || p->stage == PEER_SENDING);
    return n;
}

static Peer *
oldest(const Peers *peers, PeerStage stage)
{
    Peer *found = NULL;

    for (Peer *p = peers->first; p; p = p->next)
        if (!p->is_shut && p->stage == stage && (!found || p->since < found->since))
            found = p;
    return found;
}

int
peers_make_room(Peers *peers, double now)
{
    Peer *p = oldest(peers, PEER_HEAD);

    if (!p) {
        p = oldest(peers, PEER_BODY);
        if (!p || now - p->since < 1)
            return 0;
    }
    shut(peers, p);
    return 1;
}

void
peers_hurry(Peers *peers, double until)
{
    for (Peer *p = peers->first; p; p = p->next)
        if (p->stage == PEER_HEAD && p->until > until)
            p->until = until;
}

double
monotonic_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}
