/* registration.c -- see registration.h: who owns the definitions and the objects. */
#include <stdlib.h>
#include <string.h>

#include "library/registration_core.h"

struct Registration *
registration_of(rille_engine *e)
{
    if (!e->registered)
        e->registered = calloc(1, sizeof *e->registered);
    return e->registered;
}

/* ---- steps ---- */

static void
free_step(RegisteredStep *s)
{
    free((char *)s->def.name);
    free((char *)s->def.signature);
    free((char *)s->def.version);
    free((char *)s->def.doc);
    free(s);
}

/* A copy in place of the text; whether there is one. */
static int
copy(const char **text)
{
    if (*text)
        *text = strdup(*text);
    return *text != NULL;
}

RegisteredStep *
registration_new_step(const rille_step_def *def)
{
    RegisteredStep *s = calloc(1, sizeof *s);
    int whole;

    if (!s)
        return NULL;
    s->references = 1;
    s->def = *def;
    whole = copy(&s->def.name) & copy(&s->def.signature)
          & (copy(&s->def.version) | !def->version) & (copy(&s->def.doc) | !def->doc);
    if (whole)
        return s;
    free_step(s);
    return NULL;
}

void
registration_end_step(RegisteredStep *s)
{
    rille_step_def def = s->def;

    s->def.fn = NULL;
    s->def.destroy = NULL;
    s->def.user = NULL;
    if (def.destroy)
        def.destroy(def.user);
}

void
registration_release_step(RegisteredStep *s)
{
    if (s && --s->references == 0) {
        registration_end_step(s);
        free_step(s);
    }
}

/* ---- types ---- */

RegisteredType *
registration_new_type(const rille_type_def *def)
{
    RegisteredType *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->references = 1;
    t->def = *def;
    if (copy(&t->def.name))
        return t;
    free(t);
    return NULL;
}

void
registration_end_type(RegisteredType *t)
{
    rille_release_fn destroy = t->def.destroy_user;

    t->def.destroy_user = NULL;
    if (destroy)
        destroy(t->def.user);
}

void
registration_release_type(RegisteredType *t)
{
    if (!t || --t->references > 0)
        return;
    registration_end_type(t);
    free((char *)t->def.name);
    free(t);
}

RegisteredType *
registration_find_type(rille_engine *e, const char *name)
{
    RegisteredType *t = e->registered ? e->registered->types : NULL;

    while (t && strcmp(t->def.name, name) != 0)
        t = t->next;
    return t;
}

/* ---- objects ---- */

RegisteredObject *
registration_new_object(RegisteredType *type, void *obj)
{
    RegisteredObject *o = calloc(1, sizeof *o);

    if (!o)
        return NULL;
    o->references = 1;
    o->type = type;
    o->type_name = type->def.name;
    o->obj = obj;
    type->references++;
    return o;
}

RegisteredObject *
registration_share_object(RegisteredObject *o)
{
    o->references++;
    return o;
}

void
registration_free_object(RegisteredObject *o)
{
    if (!o || --o->references > 0)
        return;
    if (o->obj && o->type->def.destroy)
        o->type->def.destroy(o->obj, o->type->def.user);
    registration_release_type(o->type);
    free(o);
}

/* ---- the end ---- */

void
registration_free_all(rille_engine *e)
{
    struct Registration *all = e->registered;

    e->registered = NULL;
    while (all && all->steps) {
        RegisteredStep *s = all->steps;

        all->steps = s->next;
        registration_end_step(s);
        registration_release_step(s);
    }
    while (all && all->types) {
        RegisteredType *t = all->types;

        all->types = t->next;
        registration_release_type(t);
    }
    free(all);
}
