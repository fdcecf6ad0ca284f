/** The usual errors of errno(3), in the words of strerror(3): people search for these words. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EADDRINUSE: "address already in use",
  EAGAIN: "resource temporarily unavailable",
  EBADF: "bad file descriptor",
  ELOOP: "too many levels of symbolic links",
  ENAMETOOLONG: "file name too long",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on device",
  ENOTDIR: "not a directory",
  EPERM: "operation not permitted",
  EROFS: "read-only file system",
};

/**
 * The reason of a failed system call. It replaces Deno's own message, which advises flags that only Deno
 * itself has.
 *
 * @returns The reason as the end of a sentence; undefined if the error is not from the system.
 */
export function systemReason(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? REASONS[code] ?? `the system reports ${code}` : undefined;
}
