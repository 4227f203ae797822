import { optionWord } from '../command-line.ts'
import type { Command, CommandGroup, Completion, Flag, ValueOption } from '../declare.ts'
import { settingWords } from '../setting-words.ts'

/** A word to offer and what it means. */
export interface Word {
  word: string
  meaning: string
}

/** An option at one place of the command line. */
export interface OptionPoint {
  words: readonly string[]
  meaning: string
  /** What completes its value; undefined for a flag. */
  value?: Completion | 'anything'
}

/** What can follow one command path, such as `cove config set`. */
export interface Point {
  path: string
  /** Commands below a group. */
  commands: readonly Word[]
  options: readonly OptionPoint[]
  /** What completes each operand, in order. */
  operands: readonly (Completion | 'anything')[]
}

/** Everything that can be completed, one point for each command path; follows from the declarations. */
export function completionModel(commands: readonly (Command | CommandGroup)[]): Point[] {
  const top = [...commands.map(asWord), { word: 'help', meaning: 'explain a command' }]
  const help: Completion = { kind: 'words', words: Object.fromEntries(commands.map(({ name, summary }) => [name, summary])) }
  return [
    { path: 'cove', commands: top, options: [helpOption, { words: ['-V', '--version'], meaning: 'print the version' }], operands: [] },
    { path: 'cove help', commands: [], options: [], operands: [help] },
    ...commands.flatMap((command) => pointsOf(command, 'cove')),
  ]
}

const helpOption: OptionPoint = { words: ['-h', '--help'], meaning: 'explain this command' }

function pointsOf(declared: Command | CommandGroup, parent: string): Point[] {
  const path = `${parent} ${declared.name}`
  if (declared.kind === 'group') {
    const own = { path, commands: declared.commands.map(asWord), options: [helpOption], operands: [] }
    return [own, ...declared.commands.flatMap((command) => pointsOf(command, path))]
  }
  const options = Object.entries(declared.options).flatMap(([name, option]) => optionPoints(name, option))
  const operands = Object.values(declared.operands).map(({ completion }) => completion ?? ('anything' as const))
  return [{ path, commands: [], options: [...options, helpOption], operands }]
}

function optionPoints(name: string, option: Flag | ValueOption): OptionPoint[] {
  const long = optionWord(name)
  const words = option.short === undefined ? [long] : [`-${option.short}`, long]
  if (option.kind === 'value') return [{ words, meaning: option.summary, value: option.completion ?? 'anything' }]
  const positive = { words, meaning: option.summary }
  return option.isNegatable ? [positive, { words: [`--no-${long.slice(2)}`], meaning: option.negatedSummary ?? '' }] : [positive]
}

function asWord({ name, summary }: { name: string; summary: string }): Word {
  return { word: name, meaning: summary }
}

/** The words of a completion that has some. */
export function wordsOf(completion: Completion | 'anything'): Word[] {
  if (completion === 'anything' || completion.kind !== 'words') return []
  return Object.entries(completion.words).map(([word, meaning]) => ({ word, meaning }))
}

/** The values worth offering for each setting that has some. */
export function settingValues(): [setting: string, values: string[]][] {
  return Object.entries(settingWords).flatMap(([name, { values }]) => (values.length === 0 ? [] : [[name, values.map(String)]]))
}
