import { CoveError } from '#contract/errors.ts'

/** The shells whose syntax `cove env` can write. */
export const shellNames = {
  sh: 'POSIX shells',
  bash: 'GNU Bash',
  zsh: 'Z shell',
  fish: 'fish',
  powershell: 'PowerShell',
  cmd: 'Windows command prompt',
} as const
export type ShellName = keyof typeof shellNames

/** A word for sh that stands for exactly this text. */
export function quoteForSh(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** The words of a command as one line for `sh -c` that keeps each word whole. */
export function commandLine(words: readonly string[]): string {
  return words.map(quoteForSh).join(' ')
}

/** The command that sets a variable in a shell, quoted so that no value can be anything but that value. */
export function setVariable(shell: ShellName, name: string, value: string): string {
  switch (shell) {
    case 'sh':
    case 'bash':
    case 'zsh':
      return `export ${name}=${quoteForSh(value)}`
    case 'fish':
      return `set -gx ${name} '${value.replaceAll('\\', String.raw`\\`).replaceAll("'", String.raw`\'`)}'`
    case 'powershell':
      return `$Env:${name} = '${value.replaceAll(/['\u2018-\u201b]/g, '$&$&')}'`
    case 'cmd':
      if (/[%"\r\n]/.test(value)) {
        throw new CoveError('usage.invalid', { message: `cmd cannot hold ${JSON.stringify(value)} in a variable`, hint: 'Use --shell powershell.' })
      }
      return `SET "${name}=${value}"`
  }
}

/** The command that removes a variable in a shell. */
export function unsetVariable(shell: ShellName, name: string): string {
  switch (shell) {
    case 'sh':
    case 'bash':
    case 'zsh':
      return `unset ${name}`
    case 'fish':
      return `set -e ${name}`
    case 'powershell':
      return `Remove-Item -ErrorAction SilentlyContinue Env:${name}`
    case 'cmd':
      return `SET ${name}=`
  }
}

/** How a shell runs what `cove env` prints. */
export function evaluation(shell: ShellName, command: string): string {
  switch (shell) {
    case 'sh':
    case 'bash':
    case 'zsh':
      return `eval "$(${command})"`
    case 'fish':
      return `${command} --shell fish | source`
    case 'powershell':
      return `& ${command} --shell powershell | Out-String | Invoke-Expression`
    case 'cmd':
      return `FOR /f "tokens=*" %i IN ('${command} --shell cmd') DO @%i`
  }
}
