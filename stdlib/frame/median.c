/* median.c -- see median.h
 *
 * Quickselect: the numbers are parted at a pivot without branches, which could not be foretold,
 * and only the part with the middle goes on. */
#include <stdlib.h>
#include <string.h>

#include "frame/median.h"

enum {
    FEW = 24,                   /* that are sorted */
    MANY = 400,                 /* whose pivot is chosen out of nine */
    TRIES = 64                  /* that part too little, before all are sorted */
};

static double
middle(double a, double b, double c)
{
    double low = a < b ? a : b, high = a < b ? b : a;

    return c < low ? low : c < high ? c : high;
}

static double
pivot_of(const double *v, size_t n)
{
    size_t step = n / 9;

    if (n < MANY)
        return middle(v[0], v[n / 2], v[n - 1]);
    return middle(middle(v[0], v[step], v[2 * step]),
                  middle(v[3 * step], v[4 * step], v[5 * step]),
                  middle(v[6 * step], v[7 * step], v[n - 1]));
}

/* Moves those that are less than the pivot, or equal too, to the front; how many they are. */
static size_t
part(double *v, size_t n, double pivot, int equal_too)
{
    size_t front = 0;

    if (equal_too)
        for (size_t i = 0; i < n; i++) {
            double x = v[i];

            v[i] = v[front];
            v[front] = x;
            front += x <= pivot;
        }
    else
        for (size_t i = 0; i < n; i++) {
            double x = v[i];

            v[i] = v[front];
            v[front] = x;
            front += x < pivot;
        }
    return front;
}

static void
sort_few(double *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        double x = v[i];
        size_t k = i;

        for (; k > 0 && v[k - 1] > x; k--)
            v[k] = v[k - 1];
        v[k] = x;
    }
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Puts the number that would be at k if v was sorted there, none that is larger before it. */
static void
choose(double *v, size_t n, size_t k)
{
    for (int tries = 0; n > FEW; tries++) {
        double pivot = pivot_of(v, n);
        size_t less, front;

        if (tries == TRIES) {
            qsort(v, n, sizeof *v, compare);
            return;
        }
        less = part(v, n, pivot, 0);
        if (k < less) {
            n = less;
            continue;
        }
        front = less + part(v + less, n - less, pivot, 1);
        if (k < front)
            return;             /* all from less to front are the pivot */
        v += front;
        n -= front;
        k -= front;
    }
    sort_few(v, n);
}

/* The zero at k if v was sorted. */
static double
zero_at(const double *v, size_t n, size_t k)
{
    for (size_t i = 0; i < n; i++)
        k -= v[i] < 0;
    for (size_t i = 0;; i++)
        if (v[i] == 0 && k-- == 0)
            return v[i];
}

double
median(const double *v, size_t n, double *room)
{
    double low, high;
    size_t k = n / 2;

    memcpy(room, v, n * sizeof *v);
    choose(room, n, k);
    low = high = room[k] == 0 ? zero_at(v, n, k) : room[k];
    if (n % 2)
        return high;
    low = room[0];
    for (size_t i = 1; i < k; i++)
        low = room[i] > low ? room[i] : low;
    return ((low == 0 ? zero_at(v, n, k - 1) : low) + high) / 2;
}
