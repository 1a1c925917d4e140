/* file_kind.h -- what a file that is no text looks like.
 *
 * Most files that are given for a table or for JSON by mistake are recognised by their first
 * bytes: archives, databases, columns in binary, pages, text in an encoding of two bytes.
 * What any text can begin with is not looked for here. */
#ifndef FILE_KIND_H
#define FILE_KIND_H

#include <stddef.h>

#include "base/err.h"

/* 0, or ERR_SYNTAX, "NAME looks like an Excel workbook (zip): export it as FORMAT".  data are
 * the first bytes of an unpacked text, 4096 of them or all. */
int file_kind_check(const char *data, size_t len, const char *name, const char *format,
                    Err *err);

#endif
