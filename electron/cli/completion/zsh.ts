import { settingValues, wordsOf, type OptionPoint, type Point, type Word } from './model.ts'
import { casePattern, quoteWhole, walkLoop } from './walk.ts'

/** A completion script for zsh, to be sourced or put as \`_cove\` into a folder of fpath. */
export function zshScript(model: readonly Point[]): string {
  return `#compdef cove
# zsh completion for cove; use it with: source <(cove completion zsh)
_cove() {
  setopt localoptions noksharrays
  local -a offers
${walkLoop(model, { first: '2', end: 'CURRENT', at: '${words[i]}' })}
  local cur="\${words[CURRENT]}"
  if [[ -n $expects ]]; then
    case $expects in
${model.flatMap(({ path, options }) => options.flatMap((option) => valueCase(path, option))).join('\n')}
    esac
  elif [[ $cur == -* ]]; then
    case $cove_path in
${model.map(({ path, options }) => `      ${quoteWhole(path)}) offers=(${described(options.flatMap(optionWords))}) ;;`).join('\n')}
    esac
  else
    case "$cove_path $operand" in
${model.flatMap(operandCases).join('\n')}
    esac
  fi
  (( \${#offers} )) && _describe 'cove' offers
}
_cove_setting_values() {
  local -a values
  case $1 in
${settingValues().map(([name, values]) => `    ${quoteWhole(name)}) values=(${values.map(quoteWhole).join(' ')}) ;;`).join('\n')}
  esac
  (( \${#values} )) && compadd -- $values
}
if [[ \${funcstack[1]} == _cove ]]; then
  _cove "$@"
else
  (( \${+functions[compdef]} )) || { autoload -Uz compinit && compinit }
  compdef _cove cove
fi
`
}

/** Words for _describe, which splits each at its first unescaped colon. */
function described(words: readonly Word[]): string {
  return words.map(({ word, meaning }) => quoteWhole(`${word.replaceAll(':', String.raw`\:`)}:${meaning}`)).join(' ')
}

function optionWords({ words, meaning }: OptionPoint): Word[] {
  return words.map((word) => ({ word, meaning }))
}

function valueCase(path: string, { words, value }: OptionPoint): string[] {
  if (value === undefined || value === 'anything') return []
  const pattern = casePattern(words.map((word) => `${path} ${word}`))
  return [`      ${pattern}) ${value.kind === 'file' ? '_files' : `offers=(${described(wordsOf(value))})`} ;;`]
}

function operandCases({ path, commands, operands }: Point): string[] {
  if (commands.length > 0) return [`      ${quoteWhole(`${path} 0`)}) offers=(${described(commands)}) ;;`]
  return operands.flatMap((completion, index) => {
    if (completion === 'anything') return []
    const place = quoteWhole(`${path} ${index}`)
    if (completion.kind === 'file') return [`      ${place}) _files ;;`]
    if (completion.kind === 'setting-value') return [`      ${place}) _cove_setting_values "$last" ;;`]
    return [`      ${place}) offers=(${described(wordsOf(completion))}) ;;`]
  })
}
