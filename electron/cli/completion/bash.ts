import { settingValues, wordsOf, type OptionPoint, type Point } from './model.ts'
import { casePattern, quoteWhole, walkLoop } from './walk.ts'

/** A completion script for bash 3.2 (macOS) and later; needs no bash-completion. */
export function bashScript(model: readonly Point[]): string {
  return `# bash completion for cove; use it with: source <(cove completion bash)
_cove() {
  local cur=\${COMP_WORDS[COMP_CWORD]} words= files=
  COMPREPLY=()
${walkLoop(model, { first: '1', end: 'COMP_CWORD', at: '${COMP_WORDS[i]}' })}
  if [[ -n $expects ]]; then
    case $expects in
${model.flatMap(({ path, options }) => options.flatMap((option) => valueCase(path, option))).join('\n')}
    esac
  elif [[ $cur == -* ]]; then
    case $cove_path in
${model.map(({ path, options }) => `      ${quoteWhole(path)}) words=${quoteWhole(options.flatMap((option) => option.words).join(' '))} ;;`).join('\n')}
    esac
  else
    case "$cove_path $operand" in
${model.flatMap(operandCases).join('\n')}
    esac
  fi
  if [[ -n $files ]]; then
    local IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$cur"))
    compopt -o filenames 2>/dev/null
  elif [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  fi
}
_cove_setting_values() {
  case $1 in
${settingValues().map(([name, values]) => `    ${quoteWhole(name)}) printf '%s' ${quoteWhole(values.join(' '))} ;;`).join('\n')}
  esac
}
complete -F _cove cove
`
}

function valueCase(path: string, { words, value }: OptionPoint): string[] {
  if (value === undefined || value === 'anything') return []
  const pattern = casePattern(words.map((word) => `${path} ${word}`))
  if (value.kind === 'file') return [`      ${pattern}) files=1 ;;`]
  return [`      ${pattern}) words=${quoteWhole(wordsOf(value).map(({ word }) => word).join(' '))} ;;`]
}

function operandCases({ path, commands, operands }: Point): string[] {
  if (commands.length > 0) return [`      ${quoteWhole(`${path} 0`)}) words=${quoteWhole(commands.map(({ word }) => word).join(' '))} ;;`]
  return operands.flatMap((completion, index) => {
    if (completion === 'anything') return []
    const place = quoteWhole(`${path} ${index}`)
    if (completion.kind === 'file') return [`      ${place}) files=1 ;;`]
    if (completion.kind === 'setting-value') return [`      ${place}) words=$(_cove_setting_values "$last") ;;`]
    return [`      ${place}) words=${quoteWhole(wordsOf(completion).map(({ word }) => word).join(' '))} ;;`]
  })
}
