/** The kernel's requests, linux/fuse.h 7.31 and later. */
export const op = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  setattr: 4,
  readlink: 5,
  symlink: 6,
  mknod: 8,
  mkdir: 9,
  unlink: 10,
  rmdir: 11,
  rename: 12,
  link: 13,
  open: 14,
  read: 15,
  write: 16,
  statfs: 17,
  release: 18,
  fsync: 20,
  flush: 25,
  init: 26,
  opendir: 27,
  readdir: 28,
  releasedir: 29,
  fsyncdir: 30,
  access: 34,
  interrupt: 36,
  destroy: 38,
  ioctl: 39,
  batchForget: 42,
  fallocate: 43,
  readdirplus: 44,
  rename2: 45,
  copyFileRange: 47,
} as const

/** What our server and the kernel agree on in INIT. */
export const initFlag = {
  asyncRead: 1 << 0,
  bigWrites: 1 << 5,
  autoInvalData: 1 << 12,
  doReaddirplus: 1 << 13,
  parallelDirops: 1 << 18,
  maxPages: 1 << 22,
  cacheSymlinks: 1 << 23,
} as const

/** fuse_setattr_in.valid */
export const setattrBit = { mode: 1, uid: 2, gid: 4, size: 8, atime: 16, mtime: 32, atimeNow: 128, mtimeNow: 256 } as const

/** Notices to the kernel. */
export const notice = { invalInode: 2, invalEntry: 3 } as const

/** Error numbers of Linux, whatever the host's are. */
export const errno = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  EMLINK: 31,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  EOVERFLOW: 75,
  EILSEQ: 84,
  EOPNOTSUPP: 95,
  ESTALE: 116,
  EDQUOT: 122,
} as const

/** File types in st_mode. */
export const fileType = { mask: 0o170000, socket: 0o140000, link: 0o120000, regular: 0o100000, block: 0o060000, folder: 0o040000, character: 0o020000, fifo: 0o010000 } as const

/** The inode number of every share's root. */
export const rootId = 1

/** Longest data of one READ or WRITE, in bytes; LARGEST_WRITE of resources/guest/shares. */
export const largestWrite = 256 * 1024

/** An answer that is an error the kernel knows. */
export class FuseError extends Error {
  readonly errno: number

  constructor(name: keyof typeof errno) {
    super(name)
    this.errno = errno[name]
  }
}

/** The error number for whatever a file operation threw; EIO when it has no name here. */
export function errnoOfFailure(error: unknown): number {
  if (error instanceof FuseError) return error.errno
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  if (typeof code !== 'string') return errno.EIO
  if (code === 'ENOTSUP') return errno.EOPNOTSUPP
  return Object.hasOwn(errno, code) ? errno[code as keyof typeof errno] : errno.EIO
}
