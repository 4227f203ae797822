import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { guestResources } from '#scripts/guest/recipe.ts'
import { compilerFlags } from '#scripts/guest/supervisor.ts'
import { tempDir, type TempDir } from '../../base/temp-dir.ts'

let dir: TempDir

/** Notes what it is asked; what changes a rule raises the count of changes, as the kernel does. */
const real = `#!/bin/sh
echo "$(basename "$0") $*" >> calls
case " $* " in
  *" refused "*) exit 1 ;;
  *" -C "* | *" -L "*) exit 0 ;;
esac
echo $(($(cat generation) + 1)) > generation
rm -f bare
`

beforeAll(() => {
  dir = tempDir()
  const folder = join(guestResources, 'iptables')
  const sources = [join(folder, 'iptables.c'), join(folder, 'memory.c'), join(folder, 'swarm.c'), join(import.meta.dirname, 'iptables-ruleset.c')]
  const defines = [`-DREAL="${dir.at('real-%s')}"`, `-DMEMORY="${dir.at('memory')}"`, '-DCALLER="sh"', '-DFIRST_NAMESPACE="/proc/self/ns/net"']
  const made = spawnSync('gcc', [...compilerFlags, ...defines, `-I${folder}`, '-o', dir.at('iptables'), ...sources], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(made.stderr)
  symlinkSync('iptables', dir.at('ip6tables'))
  for (const name of ['real-iptables', 'real-ip6tables']) writeFileSync(dir.at(name), real, { mode: 0o755 })
})
afterAll(() => dir[Symbol.asyncDispose]())
beforeEach(() => {
  for (const name of ['memory', 'calls']) rmSync(dir.at(name), { force: true })
  writeFileSync(dir.at('generation'), '7')
  writeFileSync(dir.at('bare'), '')
})

/** The exit codes of calls that one shell makes, in Docker's place. */
function calls(...lines: string[]): number[] {
  const script = lines.map((line) => (line.startsWith('ip') ? `./${line} 2>> complaints; echo $?` : line)).join('\n')
  const { stdout } = spawnSync('/bin/sh', ['-c', `${script}\ntrue`], { cwd: dir.path, encoding: 'utf8' })
  return stdout.trim().split('\n').map(Number)
}

function asked(): string[] {
  return existsSync(dir.at('calls')) ? readFileSync(dir.at('calls'), 'utf8').trim().split('\n') : []
}

test('where nothing is, nothing is asked of the real program; what is made is found again', () => {
  const codes = calls(
    'iptables --wait -t nat -F DOCKER',
    'iptables --wait -t nat -X DOCKER',
    'iptables --wait -t nat -n -L DOCKER',
    'iptables --wait -t nat -D PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
    'iptables --wait -t nat -N DOCKER',
    'iptables --wait -t filter -C FORWARD -j DOCKER-USER',
    'iptables --wait -I FORWARD -j DOCKER-USER',
    'iptables --wait -t filter -C FORWARD -j DOCKER-USER',
    'iptables --wait -t nat -C FORWARD -j DOCKER-USER',
    'ip6tables --wait -t filter -C FORWARD -j DOCKER-USER',
  )
  expect(codes).toEqual([1, 1, 1, 1, 0, 1, 0, 0, 1, 1])
  expect(asked()).toEqual(['real-iptables --wait -t nat -N DOCKER', 'real-iptables --wait -I FORWARD -j DOCKER-USER'])
})

test('what is taken away is gone, each as often as it was there', () => {
  const codes = calls(
    'iptables -t nat -N A',
    'iptables -t nat -A A -j RETURN',
    'iptables -t nat -A A -j RETURN',
    'iptables -t nat -D A -j RETURN',
    'iptables -t nat -C A -j RETURN',
    'iptables -t nat -F A',
    'iptables -t nat -C A -j RETURN',
    'iptables -t nat -D A -j RETURN',
    'iptables -t nat -X A',
    'iptables -t nat -F A',
  )
  expect(codes).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 0, 1])
  expect(asked()).toHaveLength(6)
})

test('once somebody else has changed the rules, the real program is asked', () => {
  expect(calls('iptables -N A', 'echo 99 > generation', 'iptables -C A -j RETURN', 'iptables -C A -j ACCEPT')).toEqual([0, 0, 0])
  expect(asked()).toEqual(['real-iptables -N A', 'real-iptables -C A -j RETURN', 'real-iptables -C A -j ACCEPT'])
})

test('a change that others share, or that is refused, is not taken for one of its own', () => {
  calls('iptables -N A', 'iptables -A A -j refused', 'iptables -C A -j refused')
  expect(asked()).toEqual(['real-iptables -N A', 'real-iptables -A A -j refused'])
  writeFileSync(dir.at('real-iptables'), real.replace('+ 1', '+ 2'), { mode: 0o755 })
  calls('iptables -N B', 'iptables -L B')
  writeFileSync(dir.at('real-iptables'), real, { mode: 0o755 })
  expect(asked().slice(2)).toEqual(['real-iptables -N B', 'real-iptables -L B'])
})

test('policies, and what happens in other tables, change nothing of what is remembered', () => {
  expect(calls('iptables -N A', 'iptables -t raw -A PREROUTING -j DROP', 'iptables -P FORWARD DROP', 'iptables -C A -j RETURN', 'iptables -F A', 'iptables -F B')).toEqual([0, 0, 0, 1, 0, 1])
  expect(asked()).toEqual(['real-iptables -N A', 'real-iptables -t raw -A PREROUTING -j DROP', 'real-iptables -P FORWARD DROP', 'real-iptables -F A'])
})

test('another Docker than the one that began with nothing is told nothing of what is remembered', () => {
  calls('iptables -N A')
  calls('iptables -C A -j RETURN', 'iptables -F B')
  expect(asked()).toEqual(['real-iptables -N A', 'real-iptables -C A -j RETURN', 'real-iptables -F B'])
})

test.each(['iptables --version', 'iptables -t nat -D POSTROUTING 3', 'iptables -t nat -I A 2 -j RETURN', 'iptables -t mangle -C A -j RETURN', 'iptables -S', 'iptables -t nat -C A -m comment --comment "two words"'])(
  '%s goes to the real program as it is',
  (line) => {
    calls(line)
    expect(asked()).toEqual([`real-${line.replaceAll('"', '')}`])
  },
)

test('without an answer of the kernel the real program does everything', () => {
  rmSync(dir.at('generation'))
  calls('iptables -C A -j RETURN')
  expect(asked()).toEqual(['real-iptables -C A -j RETURN'])
})
