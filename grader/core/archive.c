/*
 * Hand-in archives (host side, all labs; see submission.h): .tar.gz, .tar, .zip. The archive is hostile until shown
 * otherwise. Nothing is written under a name that the archive chose: an entry either has the plain name of a file of
 * the skeleton, or is left out; and an entry that could only be there to do harm (absolute path, "..", link, device) or
 * too much of anything condemns the whole archive.
 * Attacks: a name that climbs out, a link that is written through, a bomb that unpacks to gigabytes, a million entries,
 * the same name twice with another content, a header that lies about its size.
 */
#define _GNU_SOURCE
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "scratch.h"
#include "submission.h"

struct unpacking {              /* pointers are the caller's */
    const char *path;           /* of the archive */
    const char *folder;         /* what is taken goes here, flat */
    unsigned entries;           /* seen so far, taken or not */
    size_t bytes;               /* unpacked so far, taken or not */
    char **error;
};

/* Always false, so that a caller can return it. The name is cut: it is the archive's, and may be long. */
static bool refuse(struct unpacking *unpacking, const char *name, const char *reason)
{
    *unpacking->error = text_format("%s is refused: %.200s %s; submit the archive that `make handin` makes",
                                    unpacking->path, name, reason);
    return false;
}

/* By parts: "a..b" is a plain name, "a/.." is not. */
static bool path_climbs(const char *path)
{
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == 0))
            return true;
    }
    return false;
}

/*
 * The name below the lab's folder, or at the top of the archive; NULL for files that belong elsewhere.
 * "./decode.c", "decode.c", "lab1-boot/decode.c" and "any/lab1-boot/decode.c" are all decode.c.
 */
static const char *plain_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t length = strlen(lab.folder);

    if (!slash)
        return path;
    if (slash == path + 1 && path[0] == '.')
        return slash + 1;
    if ((size_t)(slash - path) < length || strncmp(slash - length, lab.folder, length) != 0)
        return NULL;
    return slash == path + length || slash[-1 - (long)length] == '/' ? slash + 1 : NULL;
}

/* Before a byte of it is read. Directories pass: they are never made. */
static bool entry_check(struct unpacking *unpacking, struct archive_entry *entry)
{
    const char *path = archive_entry_pathname(entry);
    mode_t type = archive_entry_filetype(entry);

    if (!path)
        return refuse(unpacking, "an entry", "has no readable name");
    if (++unpacking->entries > SUBMISSION_FILES)
        return refuse(unpacking, "it", "holds more than 200 files");
    if (path[0] == '/')
        return refuse(unpacking, path, "is an absolute path");
    if (path_climbs(path))
        return refuse(unpacking, path, "leaves its folder");
    if (archive_entry_hardlink(entry) || type == AE_IFLNK)
        return refuse(unpacking, path, "is a link");
    if (type != AE_IFREG && type != AE_IFDIR)
        return refuse(unpacking, path, "is no plain file");
    return true;
}

/*
 * The size in the header is a claim; the bytes that come are counted.
 * Entries that are left out (`file` -1) are counted as well: a bomb need not have a name that we know.
 */
static bool data_copy(struct unpacking *unpacking, struct archive *archive, int file, const char *name)
{
    static char bytes[65536];
    la_ssize_t got;

    while ((got = archive_read_data(archive, bytes, sizeof(bytes))) > 0) {
        unpacking->bytes += (size_t)got;
        if (unpacking->bytes > SUBMISSION_BYTES)
            return refuse(unpacking, "it", "holds more than 8 MiB");
        if (file >= 0 && write(file, bytes, (size_t)got) != got)
            return refuse(unpacking, name, strerror(errno));
    }
    return got == 0 || refuse(unpacking, name, "is damaged");
}

/* O_EXCL: a second entry of the name fails. O_NOFOLLOW: nothing that stands there is written through. */
static bool entry_unpack(struct unpacking *unpacking, struct archive *archive, struct archive_entry *entry)
{
    const char *name = plain_name(archive_entry_pathname(entry));
    int file = -1;

    if (archive_entry_filetype(entry) == AE_IFDIR)
        return true;
    if (name && submission_knows(name)) {
        char *path = text_format("%s/%s", unpacking->folder, name);
        file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        free(path);
        if (file < 0)
            return refuse(unpacking, name, errno == EEXIST ? "is in it twice" : strerror(errno));
    }
    bool done = data_copy(unpacking, archive, file, archive_entry_pathname(entry));
    if (file >= 0)
        close(file);
    return done;
}

/* ARCHIVE_WARN is a name in an odd encoding or the like: such an entry is checked as any other. */
static bool entries_unpack(struct unpacking *unpacking, struct archive *archive)
{
    struct archive_entry *entry;
    int status;

    while ((status = archive_read_next_header(archive, &entry)) == ARCHIVE_OK || status == ARCHIVE_WARN)
        if (!entry_check(unpacking, entry) || !entry_unpack(unpacking, archive, entry))
            return false;
    if (status != ARCHIVE_EOF)
        return refuse(unpacking, "it", "is no readable .tar.gz or .zip archive");
    return unpacking->entries > 0 || refuse(unpacking, "it", "is empty");
}

/* Only these filters and formats: the fewer parsers see hostile bytes, the better. */
bool archive_unpack(const char *path, const char *folder, char **error)
{
    struct unpacking unpacking = { .path = path, .folder = folder, .error = error };
    struct archive *archive = archive_read_new();

    archive_read_support_filter_gzip(archive);
    archive_read_support_format_tar(archive);
    archive_read_support_format_zip(archive);
    bool done = archive_read_open_filename(archive, path, 65536) == ARCHIVE_OK ?
                    entries_unpack(&unpacking, archive) :
                    refuse(&unpacking, "it", "is no readable .tar.gz or .zip archive");
    archive_read_free(archive);
    return done;
}
