/*
 * Sessions of GDB for tests: GDB is started the way mk/gdb.mk starts it, types what a test has written into a file, and
 * its output is looked at. Each session has a limit of wall-clock time, which nothing that passes comes near; the
 * machines count instructions, so each run is the same.
 */
#ifndef RINGLET_SESSION_H
#define RINGLET_SESSION_H

#define SESSION_GDB "timeout -k 1 100 gdb -nx -q -x solution/gdb/ringlet.py -ex 'rl session' </dev/null"

#define IMAGE   BUILD_FOLDER "/ringlet.elf"
#define LECTURE "RL_MODE=lecture RL_BOOT=" BUILD_FOLDER "/boot RL_GUESTS=" BUILD_FOLDER "/guests "

/* A folder for the program's files; set_up and tear_down make and remove it. */
extern char *session_folder;
int session_set_up(void **state);
int session_tear_down(void **state);

/* Runs a shell command; its exit status, and what it said to be freed. Nothing temporary may stay. */
int session_shell(const char *command, char **said);

/* A session in which GDB gets these commands; what it said, to be freed. No command may show that it fell over. */
char *session_run(const char *settings, const char *commands);

/* Fails unless all of a list of words that ends with NULL is there; unless none is. */
void session_expect(const char *said, const char *const *words);
void session_expect_none(const char *said, const char *const *words);

#define EXPECT(said, ...) session_expect(said, (const char *const[]){ __VA_ARGS__, NULL })
#define EXPECT_NONE(said, ...) session_expect_none(said, (const char *const[]){ __VA_ARGS__, NULL })

/* Exit status 1 and that sentence on the last line. */
void expect_refusal(const char *settings, const char *words);

/* Plays every scene in a folder against what it says to expect; how many there are. */
unsigned session_play_scenes(const char *scenes, const char *image);

#endif
