/**
 * Every error Cove can report: its exit code for the cli, whether trying again can help, and the values that its message
 * is about, with which the window says it in other languages (`problem` in renderer/locales).
 */
export const errorTable = {
  'internal.bug': { exit: 1, retryable: false },
  'usage.invalid': { exit: 2, retryable: false },
  'engine.unreachable': { exit: 3, retryable: true },
  'engine.busy': { exit: 3, retryable: true },
  'engine.other-version': { exit: 3, retryable: false },
  'engine.stopped': { exit: 3, retryable: false },
  'engine.home-unusable': { exit: 4, retryable: false, about: ['path'] },
  'engine.start-failed': { exit: 4, retryable: true },
  'vm.program-missing': { exit: 5, retryable: false },
  'vm.program-unusable': { exit: 5, retryable: false },
  'vm.start-failed': { exit: 5, retryable: true },
  'vm.died': { exit: 5, retryable: true },
  'vm.step-timeout': { exit: 5, retryable: true, about: ['seconds'] },
  'vm.guest-failed': { exit: 5, retryable: false },
  'vm.save-failed': { exit: 5, retryable: true },
  'vm.save-unsupported': { exit: 5, retryable: false },
  'vm.not-running': { exit: 3, retryable: false },
  'image.missing': { exit: 6, retryable: false, about: ['path'] },
  'image.corrupt': { exit: 6, retryable: false },
  'disk.corrupt': { exit: 7, retryable: false, about: ['path'] },
  'disk.no-space': { exit: 7, retryable: true, about: ['path'] },
  'disk.invalid-size': { exit: 2, retryable: false },
  'disk.in-use': { exit: 7, retryable: true, about: ['path'] },
  'tunnel.unreachable': { exit: 8, retryable: true },
  'tunnel.refused': { exit: 8, retryable: false },
  'docker.unreachable': { exit: 8, retryable: true },
  'port.refused': { exit: 11, retryable: true },
  'docker.refused': { exit: 8, retryable: false },
  'docker.not-found': { exit: 8, retryable: false },
  'docker.conflict': { exit: 8, retryable: false },
  'task.unknown': { exit: 2, retryable: false, about: ['id'] },
  'terminal.unknown': { exit: 2, retryable: false },
  'project.unknown': { exit: 2, retryable: false, about: ['name'] },
  'project.unusable': { exit: 9, retryable: false, about: ['path'] },
  'project.changed': { exit: 9, retryable: false, about: ['path'] },
  'compose.missing': { exit: 9, retryable: false, about: ['program'] },
  'compose.failed': { exit: 12, retryable: true },
  'build.failed': { exit: 12, retryable: true },
  'build.unknown': { exit: 2, retryable: false, about: ['id'] },
  'file.unreadable': { exit: 9, retryable: false, about: ['path'] },
  'daemon.refused': { exit: 2, retryable: false },
  'daemon.no-former': { exit: 2, retryable: false },
  'setting.unknown': { exit: 2, retryable: false, about: ['key'] },
  'setting.invalid': { exit: 2, retryable: false, about: ['key'] },
  'setting.file-broken': { exit: 9, retryable: false, about: ['path'] },
  'share.refused': { exit: 2, retryable: false, about: ['folder'] },
  'share.unknown': { exit: 2, retryable: false, about: ['folder'] },
  'share.failed': { exit: 9, retryable: true, about: ['folder'] },
  'context.conflict': { exit: 9, retryable: false, about: ['name'] },
  'context.file-broken': { exit: 9, retryable: false, about: ['path'] },
  'context.plugins-missing': { exit: 9, retryable: false },
  'log.missing': { exit: 9, retryable: false, about: ['path'] },
  'file.unwritable': { exit: 9, retryable: true, about: ['path'] },
  'archive.unreadable': { exit: 11, retryable: false },
  'archive.truncated': { exit: 11, retryable: false, about: ['path'] },
  'archive.corrupt': { exit: 11, retryable: false },
  'archive.other-version': { exit: 11, retryable: false },
  'transfer.busy': { exit: 11, retryable: true },
  'transfer.conflict': { exit: 11, retryable: false },
  'transfer.in-use': { exit: 11, retryable: true },
  'transfer.not-found': { exit: 11, retryable: false },
  'transfer.source-unusable': { exit: 11, retryable: false, about: ['name'] },
  'wait.timeout': { exit: 10, retryable: true, about: ['seconds'] },
  'operation.cancelled': { exit: 130, retryable: true },
} as const satisfies Record<string, { exit: number; retryable: boolean; about?: readonly string[] }>

/** One of the closed set of error codes, `noun.problem`. */
export type ErrorCode = keyof typeof errorTable

type Values = Readonly<Record<string, string | number>>
declare const read: unique symbol

/** Values of an error whose code is not known beforehand, see `readAbout`. */
export type ErrorAbout = Values & { readonly [read]: true }

/** What an error says besides its code. */
export interface ErrorDetail {
  /** What failed, with the value quoted and the present state. */
  message: string
  /** What the user can do about it, as one sentence or command. */
  hint?: string
  cause?: unknown
}

type Table = typeof errorTable
type WithValues = { [Code in ErrorCode]: Table[Code] extends { about: unknown } ? Code : never }[ErrorCode]
type NameOf<Code extends WithValues> = Table[Code]['about'][number]
/** The codes that are about the same: which of them it is may be decided when it is made. */
type LikeOf<Name> = { [Code in WithValues]: NameOf<Code> extends Name ? Code : never }[WithValues]

/** A code with what belongs to it: whoever makes an error gives the values that the table asks for. */
type ErrorArguments =
  | { [Code in WithValues]: [code: LikeOf<NameOf<Code>>, detail: ErrorDetail & { about: Readonly<Record<NameOf<Code>, string | number>> }] }[WithValues]
  | [code: Exclude<ErrorCode, WithValues>, detail: ErrorDetail & { about?: undefined }]
  | [code: ErrorCode, detail: ErrorDetail & { about: ErrorAbout | undefined }]

/** An error meant for the user: the only kind that crosses the contract. */
export class CoveError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  /** The values that the table names for the code. */
  readonly about: ErrorAbout | undefined

  constructor(...[code, detail]: ErrorArguments) {
    super(detail.message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.name = 'CoveError'
    this.code = code
    this.hint = detail.hint
    this.about = readAbout(detail.about)
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
  return new CoveError(code, { message, about: undefined, cause: error })
}

/** Whether a string is one of our error codes (for errors read from the wire). */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code)
}

/** The values of an error as they came over the wire; undefined when that is something else. */
export function readAbout(about: unknown): ErrorAbout | undefined {
  if (typeof about !== 'object' || about === null) return undefined
  return Object.values(about).every((value) => typeof value === 'string' || typeof value === 'number') ? (about as ErrorAbout) : undefined
}

/** The values that errors of a code are about, by their names. */
export function slotsOf(code: ErrorCode): readonly string[] {
  const entry: { exit: number; about?: readonly string[] } = errorTable[code]
  return entry.about ?? []
}
