/* line_input.c -- see line_input.h */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "line_input.h"

static const char PASTE_BEGIN[] = "\033[200~", PASTE_END[] = "\033[201~";

enum { ESCAPE = 033, ESCAPE_WAIT = 50 };        /* ms for the rest of a sequence */

/* In the order of `before`; the last two need nothing but another look. */
static const int signals[LINE_INPUT_SIGNALS] = {SIGINT, SIGTSTP, SIGTERM, SIGHUP, SIGQUIT,
                                                SIGWINCH, SIGCONT};

static volatile sig_atomic_t came[LINE_INPUT_SIGNALS];

/* ---- signals ---- */

static void
on_signal(int number)
{
    for (int i = 0; i < LINE_INPUT_SIGNALS; i++)
        if (signals[i] == number)
            came[i] = 1;
}

void
line_input_begin(LineInput *in)
{
    struct sigaction action = {0};
    sigset_t ours;

    in->interrupted = in->gone = 0;
    sigemptyset(&ours);
    for (int i = 0; i < LINE_INPUT_SIGNALS; i++)
        sigaddset(&ours, signals[i]);
    sigprocmask(SIG_BLOCK, &ours, &in->mask);
    action.sa_handler = on_signal;
    for (int i = 0; i < LINE_INPUT_SIGNALS; i++) {
        came[i] = 0;
        sigaction(signals[i], NULL, &in->before[i]);
        if (in->before[i].sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    }
}

/* A signal that came with the last byte waits: the handler of here takes it, for that of the
 * program would end it where Ctrl-C only ends a line. */
void
line_input_end(LineInput *in)
{
    sigprocmask(SIG_SETMASK, &in->mask, NULL);
    for (int i = 0; i < LINE_INPUT_SIGNALS; i++)
        sigaction(signals[i], &in->before[i], NULL);
    for (int i = 0; i < LINE_INPUT_SIGNALS; i++) {
        if (came[i] && signals[i] == SIGINT)
            in->interrupted = 1;
        else if (came[i] && signals[i] != SIGWINCH && signals[i] != SIGCONT)
            raise(signals[i]);
        came[i] = 0;
    }
}

/* The signal as it would be without the editor, and the terminal without it. */
static void
hand_on(LineInput *in, int number)
{
    in->owner.release(in->owner.user);
    line_input_end(in);
    raise(number);
    line_input_begin(in);
    in->owner.redraw(in->owner.user, 1);
}

/* Does what signals ask for; -1 where the read ends. */
static int
attend(LineInput *in)
{
    for (int i = 0; i < LINE_INPUT_SIGNALS; i++) {
        if (!came[i])
            continue;
        came[i] = 0;
        if (signals[i] == SIGINT) {
            in->interrupted = 1;
            return -1;
        }
        if (signals[i] == SIGWINCH || signals[i] == SIGCONT)
            in->owner.redraw(in->owner.user, signals[i] == SIGCONT);
        else
            hand_on(in, signals[i]);
    }
    return 0;
}

/* ---- bytes ---- */

void
line_input_never_block(void)
{
    struct termios t;

    if (tcgetattr(STDIN_FILENO, &t))
        return;
    t.c_cc[VMIN] = t.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

static size_t
waiting(const LineInput *in)
{
    return in->bytes.len - in->at;
}

/* Reads up to n bytes more, waiting for the first so many milliseconds, -1 for ever.  Returns how
 * many came, 0 where none did in time, -1 where the read ends. */
static int
fill(LineInput *in, size_t n, int milliseconds)
{
    struct timespec limit = {0, milliseconds * 1000000L};
    struct pollfd fd = {STDIN_FILENO, POLLIN, 0};
    ssize_t got;

    if (in->at == in->bytes.len)
        in->at = in->bytes.len = 0;
    if (buf_reserve(&in->bytes, n))
        return -1;
    for (;;) {
        int ready = ppoll(&fd, 1, milliseconds < 0 ? NULL : &limit, &in->mask);

        if (ready < 0 && errno == EINTR) {
            if (attend(in))
                return -1;
            continue;
        }
        if (ready == 0)
            return 0;
        got = read(STDIN_FILENO, in->bytes.data + in->bytes.len, n);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got == 0 && !(fd.revents & (POLLHUP | POLLERR | POLLNVAL)))
            continue;                           /* line_input_never_block */
        if (got <= 0) {
            in->gone = 1;
            return -1;
        }
        in->bytes.len += (size_t)got;
        return (int)got;
    }
}

/* Whether the sequence is what comes next: it is taken then. */
static int
takes(LineInput *in, const char *sequence)
{
    size_t len = strlen(sequence);

    for (size_t n = 1; n <= len; n++) {
        if (waiting(in) < n && fill(in, 1, ESCAPE_WAIT) <= 0)
            return 0;
        if (in->bytes.data[in->at + n - 1] != (unsigned char)sequence[n - 1])
            return 0;
    }
    in->at += len;
    return 1;
}

/* ---- pastes ---- */

/* The text: lines end with "\n", and there are no zeros. */
static void
clean(Buf *text)
{
    unsigned char before = 0;
    size_t n = 0;

    for (size_t i = 0; i < text->len; i++) {
        unsigned char c = text->data[i];

        if (c != 0 && !(c == '\n' && before == '\r'))
            text->data[n++] = c == '\r' ? '\n' : c;
        before = c;
    }
    text->len = n;
}

/* Does each of several line ends stand twice?  The terminal has made "\r\n" two line ends. */
static int
has_windows_lines(const Buf *text)
{
    size_t groups = 0, run = 0;

    for (size_t i = 0; i <= text->len; i++) {
        if (i < text->len && text->data[i] == '\n') {
            run++;
            continue;
        }
        if (run % 2)
            return 0;
        groups += run > 0;
        run = 0;
    }
    return groups > 1;
}

static void
halve_lines(Buf *text)
{
    size_t n = 0;

    for (size_t i = 0; i < text->len; i++) {
        text->data[n++] = text->data[i];
        if (text->data[i] == '\n')
            i++;
    }
    text->len = n;
}

/* Reads a paste to its end; what follows the end stays in `bytes`. */
static int
read_paste(LineInput *in)
{
    size_t end = sizeof PASTE_END - 1, from;
    unsigned char *found;

    in->paste.len = 0;
    for (;;) {
        if (waiting(in) == 0 && fill(in, 65536, -1) < 0)
            return -1;
        from = in->paste.len > end ? in->paste.len - end : 0;
        if (buf_put(&in->paste, in->bytes.data + in->at, waiting(in)))
            return -1;
        in->at = in->bytes.len;
        found = memmem(in->paste.data + from, in->paste.len - from, PASTE_END, end);
        if (found)
            break;
    }
    in->at -= in->paste.len - (size_t)(found - in->paste.data) - end;
    in->paste.len = (size_t)(found - in->paste.data);
    clean(&in->paste);
    if (has_windows_lines(&in->paste))
        halve_lines(&in->paste);
    return 0;
}

/* ---- characters ---- */

void
line_input_init(LineInput *in, LineInputOwner owner)
{
    memset(in, 0, sizeof *in);
    in->owner = owner;
    buf_init(&in->bytes);
    buf_init(&in->paste);
}

void
line_input_release(LineInput *in)
{
    buf_release(&in->bytes);
    buf_release(&in->paste);
}

/* A zero is no key: the terminal has made it of a Ctrl-D that came while no line was read, and
 * libedit would take the next key literally. */
int
line_input_char(LineInput *in, wchar_t *c)
{
    mbstate_t state = {0};

    for (;;) {
        size_t n;

        if (attend(in))
            return -1;
        if (waiting(in) == 0 && fill(in, 1, -1) < 0)
            return in->gone ? 0 : -1;
        if (in->bytes.data[in->at] == ESCAPE && takes(in, PASTE_BEGIN)) {
            *c = LINE_INPUT_PASTE;
            return read_paste(in) ? (in->gone ? 0 : -1) : 1;
        }
        if (in->gone || in->interrupted)
            return in->gone ? 0 : -1;
        n = mbrtowc(c, (const char *)in->bytes.data + in->at, 1, &state);
        in->at++;
        if (n == (size_t)-1)
            memset(&state, 0, sizeof state);    /* no character of the locale */
        else if (n != 0 && n != (size_t)-2 && *c != LINE_INPUT_PASTE)
            return 1;
    }
}
