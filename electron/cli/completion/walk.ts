import { quoteForSh } from '../quote.ts'
import type { Point } from './model.ts'

/** A `case` pattern of several words, for bash and zsh. */
export function casePattern(words: readonly string[]): string {
  return words.map((word) => quoteWhole(word)).join('|')
}

/** A text in single quotes for sh, also when it would not need them. */
export function quoteWhole(text: string): string {
  const quoted = quoteForSh(text)
  return quoted.startsWith("'") ? quoted : `'${quoted}'`
}

/** Every command path below the top, which the walk over the typed words may enter. */
export function paths(model: readonly Point[]): string[] {
  return model.map(({ path }) => path).filter((path) => path !== 'cove')
}

/** Every `path option` whose next word is its value. */
export function valueOptions(model: readonly Point[]): string[] {
  return model.flatMap(({ path, options }) => options.filter(({ value }) => value !== undefined).flatMap(({ words }) => words.map((word) => `${path} ${word}`)))
}

/**
 * The loop, the same in bash and zsh, that reads the words before the cursor: `path` is the command reached,
 * `operand` how many operands it has, `last` the latest of them, `expects` the option whose value comes next.
 */
export function walkLoop(model: readonly Point[], words: { first: string; end: string; at: string }): string {
  return `  local cove_path=cove operand=0 last= expects= word i=${words.first}
  while (( i < ${words.end} )); do
    word="${words.at}"
    i=$((i + 1))
    if [[ -n $expects ]]; then
      expects=
    elif [[ $word == -- ]]; then
      return 0
    elif [[ $word == -* ]]; then
      case "$cove_path $word" in
        ${casePattern(valueOptions(model))}) expects="$cove_path $word" ;;
      esac
    else
      case "$cove_path $word" in
        ${casePattern(paths(model))}) cove_path="$cove_path $word" ;;
        *) operand=$((operand + 1)) last=$word ;;
      esac
    fi
  done`
}
