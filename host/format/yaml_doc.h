/* yaml_doc.h -- the YAML of configuration files: the core schema of YAML 1.2, one
 * document, nothing that can make it large or surprising.  The tokens are
 * libyaml's; the rules are ours.
 *
 *     null    null Null NULL ~ and nothing     true    true True TRUE, false ...
 *     integer 12 -7 +3 007 0o17 0xff           float   1.5 .5 1. 1e3 -.inf .nan
 *     string  any other scalar (yes, no, on, off too), and all in quotes
 *
 * Invariants
 *   1. Errors, each "NAME:LINE:COLUMN: what; what to do", both counted from 1,
 *      columns in characters: more than YAML_DOC_MAXSIZE bytes or YAML_DOC_MAXDEPTH
 *      open lists and maps, a second document, any anchor, alias, tag, or merge
 *      key, a key that is not a string or written twice, an integer beyond 64
 *      bits, a float out of range, text that is not UTF-8, and what libyaml says.
 *   2. Nodes lie in the order of the text: the children of node i are i + 1, then
 *      its end, and so on below the end of i.
 * A YamlDoc lives in the caller's memory: yaml_doc_init, then yaml_doc_release. */
#ifndef YAML_DOC_H
#define YAML_DOC_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum { YAML_DOC_MAXSIZE = 1 << 20, YAML_DOC_MAXDEPTH = 64, YAML_DOC_MAXKEY = 1024 };

typedef enum YamlKind {
    YAML_DOC_NULL, YAML_DOC_BOOL, YAML_DOC_INT, YAML_DOC_FLOAT, YAML_DOC_STRING,
    YAML_DOC_LIST, YAML_DOC_MAP
} YamlKind;

typedef struct YamlNode {
    YamlKind kind;
    int plain;                  /* a scalar without quotes */
    int64_t i;                  /* of an integer or boolean */
    double f;
    uint32_t line, column;      /* of the value, from 1 */
    uint32_t key_line, key_column; /* of its key, 0 when it has none */
    uint32_t key, key_len;      /* an offset into bytes */
    uint32_t text, text_len;    /* likewise: what a scalar is in the file */
    uint32_t end;                 /* the node behind it and all that it holds */
} YamlNode;

typedef struct YamlDoc {
    Buf nodes, bytes;
} YamlDoc;

void yaml_doc_init(YamlDoc *d);
void yaml_doc_release(YamlDoc *d);
/* At least one node: an empty file is a null. */
int yaml_doc_parse(YamlDoc *d, const char *name, const char *text, size_t n, Err *err);
size_t yaml_doc_count(const YamlDoc *d);
const YamlNode *yaml_doc_node(const YamlDoc *d, size_t i);
const char *yaml_doc_bytes(const YamlDoc *d, size_t offset);

/* The kind of a scalar without quotes; fills in n->i or n->f.  0, or -1 for a
 * number that is out of range. */
int yaml_doc_resolve(const char *s, size_t len, YamlNode *n);

/* Each puts a scalar that reads back as the same; 0 or ERR_NOMEM.  s is valid
 * UTF-8, and gets quotes when it needs them. */
int yaml_doc_put_string(Buf *out, const char *s, size_t n);
int yaml_doc_put_float(Buf *out, double v);      /* any */

#endif
