/* csv.c -- tables of text; the first byte picks separator, header and form. */
#include <string.h>

#include "csv/csv.h"
#include "fuzz.h"

/* Every field of every column, as a reader would take them. */
static void
take(CsvTable *t)
{
    for (size_t c = 0; c < csv_columns(t); c++) {
        size_t len;
        int lasts;

        MUST(csv_type(t, c) != CSV_AUTO);
        if (csv_type(t, c) != CSV_STRING) {
            array_free(csv_take(t, c));
            continue;
        }
        for (int64_t row = 0; row < csv_rows(t); row++)
            csv_text(t, c, row, &len, &lasts);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char separators[] = ",;\t|";
    static const CsvText names[] = {{"a", 1}, {"b", 1}};
    CsvSource source = {0};
    CsvForm form = {0};
    CsvTable *t = NULL;
    Err err = {0};
    char *text;

    if (size < 1 || (text = malloc(size)) == NULL)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    source.text = text;
    source.len = size - 1;
    source.name = "input";
    source.separator = separators[data[0] & 3];
    source.header = (data[0] & 4) == 0;
    source.form = &form;
    if (data[0] & 8)
        source.separator = 0;
    if (data[0] & 16) {
        form.decimal = ',';
        form.thousands = (CsvText){".", 1};
    }
    form.ragged = (CsvRagged)((data[0] >> 5 & 3) % 3);
    if (data[0] & 128) {
        form.comment = '#';
        form.number_names = 1;
        form.skip = 1;
        form.any_bytes = 1;
    }
    if ((data[0] & 0x88) == 0x88) {
        form.names = names;
        form.n_names = 2;
    }
    if (csv_open(&t, &source, &err) == OK && csv_missing(t, "NA", 2) == OK
        && csv_dates(t, NULL, 0, (CsvText){"%d.%m.%y %b%H:%M:%S.%f%z", 24}) == OK
        && csv_parse(t, &err) == OK)
        take(t);
    else
        MUST(err.msg[0]);
    csv_free(t);
    free(text);
    return 0;
}
