import { settingValues, wordsOf, type OptionPoint, type Point, type Word } from './model.ts'
import { paths, valueOptions } from './walk.ts'

/** A completion script for fish 3 and later. */
export function fishScript(model: readonly Point[]): string {
  return `# fish completion for cove; use it with: cove completion fish | source
function __cove_at
    set -l at cove
    set -l operand 0
    set -l expects
    for word in (commandline -opc)[2..-1]
        if test -n "$expects"
            set expects
        else if test "$word" = --
            return 1
        else if string match -q -- '-*' $word
            contains -- "$at $word" ${list(valueOptions(model))}
            and set expects "$at $word"
        else if contains -- "$at $word" ${list(paths(model))}
            set at "$at $word"
        else
            set operand (math $operand + 1)
            set -g __cove_last $word
        end
    end
    test "$at" = "$argv[1]"
    and begin
        # Options are offered wherever their command is; an operand only in its own place.
        test (count $argv) -eq 1
        or test -z "$expects" -a $operand -eq $argv[2]
    end
end
function __cove_setting_values
    switch "$__cove_last"
${settingValues().map(([name, values]) => `        case ${quote(name)}\n            printf '%s\\n' ${list(values)}`).join('\n')}
    end
end
complete -c cove -e
complete -c cove -f
${model.flatMap(lines).join('\n')}
`
}

/** A word in single quotes for fish. */
function quote(text: string): string {
  return `'${text.replaceAll('\\', String.raw`\\`).replaceAll("'", String.raw`\'`)}'`
}

function list(words: readonly string[]): string {
  return words.map(quote).join(' ')
}

function lines({ path, commands, options, operands }: Point): string[] {
  const here = (operand?: number): string => `-n ${quote(`__cove_at ${quote(path)}${operand === undefined ? '' : ` ${operand}`}`)}`
  const offer = (operand: number, words: readonly Word[]): string[] =>
    words.map(({ word, meaning }) => `complete -c cove -f ${here(operand)} -a ${quote(word)} -d ${quote(meaning)}`)
  return [
    ...offer(0, commands),
    ...operands.flatMap((completion, index) => {
      if (completion === 'anything') return []
      if (completion.kind === 'words') return offer(index, wordsOf(completion))
      if (completion.kind === 'file') return [`complete -c cove -F ${here(index)}`]
      return [`complete -c cove -f ${here(index)} -a '(__cove_setting_values)'`]
    }),
    ...options.map((option) => `complete -c cove ${here()} ${optionArguments(option)}`),
  ]
}

function optionArguments({ words, meaning, value }: OptionPoint): string {
  const names = words.map((word) => (word.startsWith('--') ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`)).join(' ')
  const takes = value === undefined ? '' : value !== 'anything' && value.kind === 'file' ? ' -r -F' : ` -x${valueWords(value)}`
  return `${names}${takes} -d ${quote(meaning)}`
}

function valueWords(value: NonNullable<OptionPoint['value']>): string {
  const words = wordsOf(value)
  return words.length === 0 ? '' : ` -a ${quote(words.map(({ word }) => word).join(' '))}`
}
