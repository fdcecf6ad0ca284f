/** The errors of errno(3) that people meet, in words. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EADDRINUSE: "it is there already",
  EAGAIN: "it has no room for one more client",
  EBADF: "it is closed",
  ELOOP: "its links lead in a circle",
  ENAMETOOLONG: "its name is too long",
  ENOENT: "there is no such file",
  ENOSPC: "no space is left there",
  ENOTDIR: "a part of its path is no folder",
  EPERM: "permission denied",
  EROFS: "nothing can be changed there",
};

/**
 * Why the system refused to read or to write, without the runtime's own words: those speak of flags that only
 * the runtime has.
 *
 * @returns The reason as the end of a sentence; undefined if the error is not the system's.
 */
export function systemReason(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? REASONS[code] ?? `the system says ${code}` : undefined;
}
