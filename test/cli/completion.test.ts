import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CoveUser, hasProgram } from './cove.ts'

/** What is offered after a command line; the last word is being typed. */
const cases: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['cove st', ['start', 'status', 'stop']],
  ['cove config ', ['get', 'list', 'set', 'unset']],
  ['cove config set vm.', ['vm.accelerator', 'vm.cpus', 'vm.memoryMiB', 'vm.qemu']],
  ['cove config set vm.accelerator ', ['auto', 'hvf', 'kvm', 'tcg', 'whpx']],
  ['cove logs ', ['engine', 'guest', 'qemu']],
  ['cove logs --tail 5 g', ['guest']],
  ['cove env --shell ', ['bash', 'cmd', 'fish', 'powershell', 'sh', 'zsh']],
  ['cove env -s p', ['powershell']],
  ['cove start --no', ['--no-wait']],
  ['cove help d', ['daemon', 'diagnose', 'disk', 'doctor']],
  ['cove diagnose --output note', ['notes.txt']],
  ['cove shell -- st', []],
  ['cove logs --tail ', []],
]

function prepared(): CoveUser {
  const user = new CoveUser()
  writeFileSync(join(user.dir, 'work', 'notes.txt'), '')
  return user
}

// U1
test.skipIf(!hasProgram('bash')).for(cases)('a fresh bash completes %j with %j', async ([line, offered]) => {
  await using user = prepared()
  const words = line.split(' ')
  const ask = `source <(cove completion bash); COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _cove; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = user.shell('bash', ['-c'], ask)
  expect(stdout.split('\n').filter(Boolean).toSorted()).toEqual(offered)
  expect(stderr).toBe('')
})

test.skipIf(!hasProgram('fish')).for(cases)('a fresh fish completes %j with %j', async ([line, offered]) => {
  await using user = prepared()
  const { stdout, stderr } = user.shell('fish', ['-c'], `cove completion fish | source; complete -C '${line}'`)
  const words = stdout.split('\n').filter(Boolean).map((row) => row.replace(/\t.*/, ''))
  // fish shows files after -- by itself, like after any command.
  expect(words.filter((word) => word !== 'notes.txt' || offered.includes('notes.txt')).toSorted()).toEqual(offered)
  expect(stderr).toBe('')
})

/** Types a line and Tab into an interactive zsh and prints what it then shows. */
const zshDriver = String.raw`
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1= PS2=; stty cols 100; autoload -Uz compinit; compinit -u -D; source <(cove completion zsh); zstyle ':completion:*' list-prompt ''; unsetopt menucomplete automenu; bindkey -e; print LOAD''ED"
zpty -r -m z loaded '*LOADED*'
zpty -w -n z "$1"$'\t\t\x01\x0bprint DO'"''"$'NE\n'
zpty -r -m z shown '*DONE*'
zpty -d z
print -r -- "$shown"
`

test.skipIf(!hasProgram('zsh')).for(cases)('a fresh zsh completes %j with %j', async ([line, offered]) => {
  await using user = prepared()
  mkdirSync(join(user.dir, 'zsh'))
  const driver = join(user.dir, 'zsh', 'driver')
  writeFileSync(driver, zshDriver)
  const { stdout, stderr } = user.shell('zsh', ['-fc'], `source ${driver} '${line}'`)
  const typed = line.slice(line.lastIndexOf(' ') + 1)
  for (const word of offered) expect(stdout).toContain(word.slice(typed.length))
  const others = ['engine', 'restart', 'vm.qemu', 'powershell'].filter((word) => !offered.includes(word))
  for (const word of others) expect(stdout).not.toContain(word)
  expect(stderr).toBe('')
})

test.skipIf(!hasProgram('zsh'))('the zsh script works from a folder of fpath', async () => {
  await using user = prepared()
  const ask = 'mkdir ../f; cove completion zsh > ../f/_cove; fpath=(../f $fpath); autoload -Uz compinit; compinit -u -D; print ${_comps[cove]}'
  expect(user.shell('zsh', ['-fc'], ask)).toMatchObject({ stdout: '_cove\n', stderr: '' })
})

test.for(['bash', 'zsh', 'fish'] as const)('eval of cove env reaches %s', async (shell, { skip }) => {
  if (!hasProgram(shell)) skip(`${shell} is not installed`)
  await using user = new CoveUser({ COVE_HOME: '' })
  const home = join(user.dir, "it's a $HOME")
  mkdirSync(home)
  user.env['COVE_HOME'] = home
  const load = shell === 'fish' ? 'cove env --shell fish | source' : 'eval "$(cove env)"'
  expect(user.shell(shell, ['-c'], `${load}; printf %s "$DOCKER_HOST"`).stdout).toBe(`unix://${home}/docker.sock`)
})
