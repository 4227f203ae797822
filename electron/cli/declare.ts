import type { CommandContext } from './context.ts'

/** What completes a word: fixed words with what they mean, file names, folders, or the values of the setting named before. */
export type Completion = { kind: 'words'; words: Readonly<Record<string, string>> } | { kind: 'file' } | { kind: 'setting-value' }

/** An option without a value; with `isNegatable` there is also `--no-…` and the value is undefined until either is given. */
export interface Flag {
  readonly kind: 'flag'
  readonly summary: string
  readonly short?: string
  readonly isNegatable?: boolean
  readonly negatedSummary?: string
}

/** An option with a value. `parse` throws CoveError for a bad one, before anything is contacted. */
export interface ValueOption<T = unknown> {
  readonly kind: 'value'
  readonly valueName: string
  readonly summary: string
  readonly short?: string
  readonly parse: (text: string) => T
  readonly completion?: Completion
}

/** A word of the command line that is no option. */
export interface Operand<T = unknown> {
  readonly arity: 'one' | 'optional' | 'many'
  readonly summary: string
  readonly parse: (text: string) => T
  readonly completion?: Completion
}

export type Options = Readonly<Record<string, Flag | ValueOption>>
export type Operands = Readonly<Record<string, Operand>>

type OptionValue<O> = O extends ValueOption<infer T> ? T | undefined : boolean | undefined
type OperandValue<A> = A extends Operand<infer T> ? (A extends { arity: 'one' } ? T : A extends { arity: 'many' } ? T[] : T | undefined) : never

/** The values a declaration yields. */
export interface Input<A extends Operands = Operands, O extends Options = Options> {
  operands: { readonly [K in keyof A]: OperandValue<A[K]> }
  options: { readonly [K in keyof O]: OptionValue<O[K]> }
}

/** What every command and group of commands says about itself. */
interface Described {
  readonly name: string
  readonly summary: string
  /** Heading in `cove --help`. */
  readonly group?: string
  /** Paragraph under the summary in `--help`. */
  readonly details?: string
  /** Command lines shown in `--help`. */
  readonly examples?: readonly string[]
}

/** A command, declared once: parsing, validation, help and completion follow from it. */
export interface Command extends Described {
  readonly kind: 'command'
  readonly operands: Operands
  readonly options: Options
  /** Options end at the first operand: the rest is someone else's command line. */
  readonly passesThrough: boolean
  /** Returns the exit code; nothing means 0. */
  readonly run: (input: Input, cli: CommandContext) => Promise<number | void>
}

/** Commands about one noun. */
export interface CommandGroup extends Described {
  readonly kind: 'group'
  readonly commands: readonly Command[]
}

interface CommandDeclaration<A extends Operands, O extends Options> extends Described {
  readonly operands?: A
  readonly options?: O
  readonly passesThrough?: boolean
  readonly run: (input: Input<A, O>, cli: CommandContext) => Promise<number | void>
}

/** Declares a command; the types of `run`'s input follow from the operands and options. */
export function defineCommand<const A extends Operands = {}, const O extends Options = {}>(declaration: CommandDeclaration<A, O>): Command {
  const { operands, options, run, ...rest } = declaration
  return {
    passesThrough: false,
    ...rest,
    kind: 'command',
    operands: operands ?? {},
    options: options ?? {},
    // The parser fills exactly the keys of these declarations, so the wider type is the same value.
    run: run as Command['run'],
  }
}

/** Declares a group of commands. */
export function defineGroup(declaration: Omit<CommandGroup, 'kind'>): CommandGroup {
  return { ...declaration, kind: 'group' }
}

/** An option without a value. */
export function flag(summary: string, more: Omit<Flag, 'kind' | 'summary'> = {}): Flag {
  return { kind: 'flag', summary, ...more }
}

/** The option every command with a result for scripts has. */
export const jsonFlag = flag('print the result as JSON')
