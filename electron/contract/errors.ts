/** Every error Cove can report: its exit code for the cli and whether trying again can help. */
export const errorTable = {
  'internal.bug': { exit: 1, retryable: false },
  'usage.invalid': { exit: 2, retryable: false },
  'engine.unreachable': { exit: 3, retryable: true },
  'engine.busy': { exit: 3, retryable: true },
  'engine.other-version': { exit: 3, retryable: false },
  'engine.stopped': { exit: 3, retryable: false },
  'engine.home-unusable': { exit: 4, retryable: false },
  'engine.start-failed': { exit: 4, retryable: true },
  'vm.program-missing': { exit: 5, retryable: false },
  'vm.program-unusable': { exit: 5, retryable: false },
  'vm.start-failed': { exit: 5, retryable: true },
  'vm.died': { exit: 5, retryable: true },
  'vm.step-timeout': { exit: 5, retryable: true },
  'vm.guest-failed': { exit: 5, retryable: false },
  'vm.save-failed': { exit: 5, retryable: true },
  'vm.save-unsupported': { exit: 5, retryable: false },
  'vm.not-running': { exit: 3, retryable: false },
  'image.missing': { exit: 6, retryable: false },
  'image.corrupt': { exit: 6, retryable: false },
  'disk.corrupt': { exit: 7, retryable: false },
  'disk.no-space': { exit: 7, retryable: true },
  'disk.invalid-size': { exit: 2, retryable: false },
  'disk.in-use': { exit: 7, retryable: true },
  'tunnel.unreachable': { exit: 8, retryable: true },
  'tunnel.refused': { exit: 8, retryable: false },
  'docker.unreachable': { exit: 8, retryable: true },
  'port.refused': { exit: 11, retryable: true },
  'docker.refused': { exit: 8, retryable: false },
  'docker.not-found': { exit: 8, retryable: false },
  'docker.conflict': { exit: 8, retryable: false },
  'task.unknown': { exit: 2, retryable: false },
  'terminal.unknown': { exit: 2, retryable: false },
  'project.unknown': { exit: 2, retryable: false },
  'project.unusable': { exit: 9, retryable: false },
  'project.changed': { exit: 9, retryable: false },
  'compose.missing': { exit: 9, retryable: false },
  'compose.failed': { exit: 12, retryable: true },
  'build.failed': { exit: 12, retryable: true },
  'build.unknown': { exit: 2, retryable: false },
  'file.unreadable': { exit: 9, retryable: false },
  'daemon.refused': { exit: 2, retryable: false },
  'daemon.no-former': { exit: 2, retryable: false },
  'setting.unknown': { exit: 2, retryable: false },
  'setting.invalid': { exit: 2, retryable: false },
  'setting.file-broken': { exit: 9, retryable: false },
  'share.refused': { exit: 2, retryable: false },
  'share.unknown': { exit: 2, retryable: false },
  'share.failed': { exit: 9, retryable: true },
  'context.conflict': { exit: 9, retryable: false },
  'context.file-broken': { exit: 9, retryable: false },
  'context.plugins-missing': { exit: 9, retryable: false },
  'log.missing': { exit: 9, retryable: false },
  'file.unwritable': { exit: 9, retryable: true },
  'archive.unreadable': { exit: 11, retryable: false },
  'archive.truncated': { exit: 11, retryable: false },
  'archive.corrupt': { exit: 11, retryable: false },
  'archive.other-version': { exit: 11, retryable: false },
  'transfer.busy': { exit: 11, retryable: true },
  'transfer.conflict': { exit: 11, retryable: false },
  'transfer.in-use': { exit: 11, retryable: true },
  'transfer.not-found': { exit: 11, retryable: false },
  'transfer.source-unusable': { exit: 11, retryable: false },
  'wait.timeout': { exit: 10, retryable: true },
  'operation.cancelled': { exit: 130, retryable: true },
} as const satisfies Record<string, { exit: number; retryable: boolean }>

/** One of the closed set of error codes, `noun.problem`. */
export type ErrorCode = keyof typeof errorTable

/** What an error says besides its code. */
export interface ErrorDetail {
  /** What failed, with the value quoted and the present state. */
  message: string
  /** What the user can do about it, as one sentence or command. */
  hint?: string
  cause?: unknown
}

/** An error meant for the user: the only kind that crosses the contract. */
export class CoveError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, detail: ErrorDetail) {
    super(detail.message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.name = 'CoveError'
    this.code = code
    this.hint = detail.hint
  }

  /** The process exit code the cli ends with for this error. */
  get exitCode(): number {
    return errorTable[this.code].exit
  }

  /** Whether doing the same again may succeed. */
  get isRetryable(): boolean {
    return errorTable[this.code].retryable
  }
}

/** Any thrown value as a CoveError; what is not ours becomes `internal.bug` with its message kept. */
export function toCoveError(error: unknown, code: ErrorCode = 'internal.bug'): CoveError {
  if (error instanceof CoveError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new CoveError(code, { message, cause: error })
}

/** Whether a string is one of our error codes (for errors read from the wire). */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code)
}
