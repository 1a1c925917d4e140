/* fact_test.c -- the facts of a step as a set and as bytes: host/observe/fact.h */
#include <errno.h>

#include "check.h"
#include "observe/fact.h"

static Fact *
put(FactSet *s, FactKind kind, const char *name)
{
    Fact *f;

    CHECK(fact_put(s, kind, name, strlen(name), &f) == OK);
    return f;
}

static void
fill(FactSet *s)
{
    Fact *f;

    fact_set_init(s);
    f = put(s, FACT_FILE, "data/x.csv");
    f->sig = (FactSig){12, 34, -56, 1700000000123456789};
    f->flags = FACT_RACY | FACT_MODE;
    f->entry = ENTRY_FILE;
    f->mode = MODE_LINK | 0110;
    memset(f->digest, 7, HASH_SIZE);
    put(s, FACT_ABSENT, "gone")->code = ENOENT;
    f = put(s, FACT_MODULE, "m");
    f->flags = FACT_FINGERPRINT | FACT_RACY;
    memset(f->fingerprint, 9, HASH_SIZE);
    CHECK(fact_set_value(f, "m.lua", 5) == OK);
    f = put(s, FACT_VALUE, "ctx");
    CHECK(fact_set_value(f, "a\0b", 3) == OK);
    put(s, FACT_WRITE, "w")->flags = FACT_GONE;
    put(s, FACT_ENV, "HOME");
    put(s, MARK_IMPURE, "os.time");
}

static void
encode(const FactSet *s, Buf *out)
{
    Err err;

    buf_init(out);
    CHECK(fact_encode(s, out, &err) == OK);
}

static void
facts_come_back_from_their_bytes_sorted_and_without_marks(void)
{
    FactSet s, t;
    Fact *f;
    Buf b;
    Err err;

    fill(&s);
    encode(&s, &b);
    fact_set_init(&t);
    CHECK(fact_decode(b.data, b.len, &t, &err) == OK);
    CHECK(t.n == 6);
    CHECK(t.list[0].kind == FACT_ENV && t.list[5].kind == FACT_VALUE);
    f = fact_find(&t, FACT_FILE, "data/x.csv", 10);
    CHECK(f && f->sig.size == 12 && f->sig.inode == 34 && f->sig.mtime == -56
          && f->sig.ctime == 1700000000123456789
          && f->flags == (FACT_RACY | FACT_MODE) && f->entry == ENTRY_FILE
          && f->mode == (MODE_LINK | 0110)
          && f->digest[31] == 7);
    f = fact_find(&t, FACT_MODULE, "m", 1);
    CHECK(f && f->fingerprint[0] == 9 && strcmp(f->value, "m.lua") == 0);
    f = fact_find(&t, FACT_VALUE, "ctx", 3);
    CHECK(f && f->value_len == 3 && memcmp(f->value, "a\0b", 3) == 0);
    CHECK(fact_find(&t, FACT_ABSENT, "gone", 4)->code == ENOENT);
    buf_release(&b);
    fact_set_release(&s);
    fact_set_release(&t);
}

static void
equal_sets_give_equal_bytes_in_any_order(void)
{
    FactSet s, t;
    Buf a, b;

    fill(&s);
    fact_set_init(&t);
    for (size_t i = s.n; i-- > 0;) {
        FactSet one = {&s.list[i], 1, 0, NULL, 0};

        CHECK(fact_merge(&t, &one, FACT_NONE) == OK);
    }
    encode(&s, &a);
    encode(&t, &b);
    CHECK(a.len == b.len && memcmp(a.data, b.data, a.len) == 0);
    buf_release(&a);
    buf_release(&b);
    fact_set_release(&s);
    fact_set_release(&t);
}

static void
a_set_of_marks_has_no_bytes(void)
{
    FactSet s;
    Buf b;

    fact_set_init(&s);
    put(&s, MARK_CHANGED, "x");
    encode(&s, &b);
    CHECK(b.len == 0);
    buf_release(&b);
    fact_set_release(&s);
}

static void
a_set_holds_each_fact_once_and_many(void)
{
    FactSet s;
    char name[32];

    fact_set_init(&s);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 5000; i++) {
            snprintf(name, sizeof name, "file%d", i);
            put(&s, i % 2 ? FACT_FILE : FACT_ENV, name)->code = i;
        }
    CHECK(s.n == 5000);
    CHECK(fact_find(&s, FACT_FILE, "file4999", 8)->code == 4999);
    CHECK(!fact_find(&s, FACT_ENV, "file4999", 8));
    fact_set_release(&s);
    CHECK(!fact_find(&s, FACT_FILE, "file4999", 8));
}

static int
refused(const unsigned char *p, size_t n)
{
    FactSet t;
    Err err;
    int rc;

    fact_set_init(&t);
    rc = fact_decode(p, n, &t, &err);
    fact_set_release(&t);
    return rc == ERR_CORRUPT;
}

/* The same bytes with their trailer made right again, so that the parser itself is
 * tried. */
static void
parse_forged(unsigned char *p, size_t n)
{
    unsigned char digest[HASH_SIZE];

    if (n >= 8) {
        hash_of(p, n - 8, digest);
        memcpy(p + n - 8, digest, 8);
    }
    refused(p, n);
}

static void
damaged_bytes_are_refused(void)
{
    unsigned char *copy;
    FactSet s;
    Buf b;

    fill(&s);
    encode(&s, &b);
    copy = malloc(b.len + 1);
    CHECK(copy != NULL);
    for (size_t i = 0; i < b.len; i++)
        CHECK(refused(b.data, i));
    for (size_t i = 0; i < b.len * 8; i++) {
        memcpy(copy, b.data, b.len);
        copy[i / 8] ^= (unsigned char)(1 << i % 8);
        CHECK(refused(copy, b.len));
        parse_forged(copy, b.len);
    }
    for (size_t i = 0; i < b.len; i++) {
        memcpy(copy, b.data, i);
        parse_forged(copy, i);
    }
    memcpy(copy, b.data, b.len);
    copy[b.len] = 0;
    CHECK(refused(copy, b.len + 1));
    free(copy);
    buf_release(&b);
    fact_set_release(&s);
}

/* Facts as they were before they had a kind of entry: {file "x", folder "d"}. */
static void
facts_of_the_first_format_are_read_and_equal_nothing(void)
{
    unsigned char bytes[256] = "rf1\002", digest[HASH_SIZE];
    size_t n = 4;
    FactSet t;
    Fact *f, is;
    Err err;

    for (int kind = FACT_FILE; kind <= FACT_FOLDER; kind++) {
        bytes[n++] = (unsigned char)kind;
        bytes[n++] = FACT_RACY;
        bytes[n++] = 0;
        bytes[n++] = 1;
        bytes[n++] = kind == FACT_FILE ? 'x' : 'd';
        for (int i = 1; i <= 4; i++)
            bytes[n++] = (unsigned char)i;
        memset(bytes + n, 7, HASH_SIZE);
        n += HASH_SIZE;
    }
    hash_of(bytes, n, digest);
    memcpy(bytes + n, digest, 8);
    fact_set_init(&t);
    CHECK(fact_decode(bytes, n + 8, &t, &err) == OK && t.n == 2);
    f = fact_find(&t, FACT_FILE, "x", 1);
    CHECK(f && f->entry == ENTRY_NONE && f->sig.size == 1 && f->sig.ctime == 4
          && f->digest[0] == 7);
    is = *f;
    is.entry = ENTRY_FILE;
    CHECK(!fact_same_content(f, &is) && !fact_same_content(f, f));
    CHECK(fact_same_content(&is, &is));
    fact_set_release(&t);
}

int
main(void)
{
    RUN(facts_come_back_from_their_bytes_sorted_and_without_marks);
    RUN(equal_sets_give_equal_bytes_in_any_order);
    RUN(a_set_of_marks_has_no_bytes);
    RUN(a_set_holds_each_fact_once_and_many);
    RUN(damaged_bytes_are_refused);
    RUN(facts_of_the_first_format_are_read_and_equal_nothing);
    return check_done();
}
