/* value_frame.c -- frames as values in C. */
#include <stdlib.h>

#include "library/values.h"

void
value_frame_free(ValueFrame *frame)
{
    if (!frame)
        return;
    for (size_t i = 0; i < frame->n; i++) {
        ValueColumn *c = &frame->columns[i];

        free(c->name);
        array_free(c->array);
        free(c->offsets);
        free(c->bytes);
    }
    free(frame->columns);
    free(frame);
}
