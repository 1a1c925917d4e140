/* section.c -- see section.h */
#include <math.h>
#include <string.h>

#include "section.h"

unsigned char *
section_put_u32(unsigned char *to, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        *to++ = (unsigned char)(v >> 8 * i);
    return to;
}

unsigned char *
section_put_u64(unsigned char *to, uint64_t v)
{
    return section_put_u32(section_put_u32(to, (uint32_t)v), (uint32_t)(v >> 32));
}

unsigned char *
section_put_real(unsigned char *to, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    return section_put_u64(to, bits);
}

unsigned char *
section_put_reals(unsigned char *to, const double *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to = section_put_real(to, v[i]);
    return to;
}

unsigned char *
section_put_magic(unsigned char *to, const char *magic, uint32_t version)
{
    memcpy(to, magic, 8);
    return section_put_u32(to + 8, version);
}

unsigned char *
section_put_tag(unsigned char *to, const char *tag, size_t len)
{
    memcpy(to, tag, 4);
    return section_put_u64(to + 4, len);
}

unsigned char *
section_put_classes(unsigned char *to, const Classes *c)
{
    to = section_put_tag(to, "clas", (size_t)c->n * 8);
    for (int i = 0; i < c->n; i++)
        to = section_put_u64(to, (uint64_t)c->label[i]);
    return to;
}

uint32_t
section_get_u32(const unsigned char *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint64_t
section_get_u64(const unsigned char *p)
{
    return section_get_u32(p) | (uint64_t)section_get_u32(p + 4) << 32;
}

double
section_get_real(const unsigned char *p)
{
    uint64_t bits = section_get_u64(p);
    double v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

int
section_damaged(Err *err, const char *what)
{
    return err_set(err, ERR_CORRUPT, "the model is damaged (%s)", what);
}

int
section_open_to(SectionReader *r, const char *magic, uint32_t newest, uint32_t *version, Err *err)
{
    if (r->end - r->p < SECTION_MAGIC || memcmp(r->p, magic, 8))
        return err_set(err, ERR_CORRUPT, "these bytes are not a model");
    *version = section_get_u32(r->p + 8);
    if (*version < 1 || *version > newest)
        return err_set(err, ERR_VERSION, "the model has format %u, but this program reads "
                       "format %u", (unsigned)*version, (unsigned)newest);
    r->p += SECTION_MAGIC;
    return OK;
}

int
section_open(SectionReader *r, const char *magic, uint32_t version, Err *err)
{
    uint32_t found;

    if (section_open_to(r, magic, version, &found, err))
        return err->code;
    if (found != version)
        return err_set(err, ERR_VERSION, "the model has format %u, but this program reads "
                       "format %u", (unsigned)found, (unsigned)version);
    return OK;
}

/* The division keeps n * size in range. */
const unsigned char *
section_next(SectionReader *r, const char *tag, uint64_t n, size_t size, Err *err)
{
    const unsigned char *data;
    size_t left = (size_t)(r->end - r->p);

    if (left < SECTION_HEAD || memcmp(r->p, tag, 4) || n > (left - SECTION_HEAD) / size
        || section_get_u64(r->p + 4) != n * size) {
        section_damaged(err, tag);
        return NULL;
    }
    data = r->p + SECTION_HEAD;
    r->p = data + n * size;
    return data;
}

int
section_reals(SectionReader *r, const char *tag, double *v, size_t n, Err *err)
{
    const unsigned char *p = section_next(r, tag, n, 8, err);

    if (!p)
        return err->code;
    for (size_t i = 0; i < n; i++)
        v[i] = section_get_real(p + i * 8);
    return learn_all_finite(v, n) ? OK : section_damaged(err, tag);
}

int
section_classes(SectionReader *r, Classes *c, Err *err)
{
    const unsigned char *p = section_next(r, "clas", (uint64_t)c->n, 8, err);

    if (!p)
        return err->code;
    for (int i = 0; i < c->n; i++)
        c->label[i] = (int64_t)section_get_u64(p + 8 * i);
    return classes_valid(c) ? OK : section_damaged(err, "clas");
}

int
section_close(const SectionReader *r, Err *err)
{
    return r->p == r->end ? OK : section_damaged(err, "bytes after its end");
}
