import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { CoveUser } from './cove.ts'

const badLines: readonly (readonly [line: readonly string[], named: string])[] = [
  [['frobnicate'], 'frobnicate'],
  [['statsu'], 'status'],
  [[''], '""'],
  [['--frobnicate'], '--frobnicate'],
  [['-x', 'status'], '-x'],
  [['start', 'now'], 'now'],
  [['start', '--wiat'], '--wait'],
  [['start', '--wait=yes'], '--wait'],
  [['start', '--no-json'], '--no-json'],
  [['stop', '--force'], '--force'],
  [['restart', 'all'], 'all'],
  [['status', '--jsn'], '--json'],
  [['status', 'vm'], 'vm'],
  [['logs', 'gest'], 'guest'],
  [['logs', 'engine', 'guest'], 'guest'],
  [['logs', '--tail'], '--tail'],
  [['logs', '--tail', 'abc'], 'abc'],
  [['logs', '--tail', '-1'], '-1'],
  [['logs', '--tail=1.5'], '1.5'],
  [['logs', '--follw'], '--follow'],
  [['shell', '--tyt'], '--tty'],
  [['config'], 'list'],
  [['config', 'lst'], 'list'],
  [['config', 'list', 'vm.cpus'], 'vm.cpus'],
  [['config', 'get'], 'name'],
  [['config', 'get', 'vm.cpu'], 'vm.cpus'],
  [['config', 'get', 'constructor'], 'constructor'],
  [['config', 'set', 'vm.cpus'], 'value'],
  [['config', 'set', 'vm.cpus', 'abc'], 'abc'],
  [['config', 'set', 'vm.cpus', '0'], 'vm.cpus'],
  [['config', 'set', 'vm.cpus', '1.5'], '1.5'],
  [['config', 'set', 'vm.cpus', '-1'], '-1'],
  [['config', 'set', 'vm.cpus', ''], 'vm.cpus'],
  [['config', 'set', 'vm.memoryMiB', '1'], 'vm.memoryMiB'],
  [['config', 'set', 'vm.accelerator', 'xen'], 'xen'],
  [['config', 'set', 'tunnel.port', '65536'], '65536'],
  [['config', 'set', 'log.level', 'loud'], 'loud'],
  [['config', 'set', '__proto__', '1'], '__proto__'],
  [['config', 'unset', 'nothing'], 'nothing'],
  [['disk', 'shrink'], 'shrink'],
  [['disk', 'resize'], 'size'],
  [['disk', 'resize', '0'], '"0"'],
  [['disk', 'resize', 'huge'], 'huge'],
  [['disk', 'resize', '-5'], '-5'],
  [['export'], 'file'],
  [['export', '-'], 'pipe'],
  [['export', 'x', '--volumes', 'a,,b'], 'a,,b'],
  [['export', 'x', 'y'], 'y'],
  [['import'], 'file'],
  [['import', '-'], 'pipe'],
  [['import', 'x', '--from', 'colima'], '--from'],
  [['import', 'x', '--on-conflict', 'ask'], 'ask'],
  [['import', 'x', '--verify', '--on-conflict'], '--on-conflict'],
  [['env', '--shell', 'tcsh'], 'tcsh'],
  [['context'], 'use'],
  [['context', 'create'], 'create'],
  [['doctor', '--fix'], '--fix'],
  [['diagnose', '--output'], '--output'],
  [['reset'], '--data'],
  [['reset', '--data', '--all', '--yes'], '--all'],
  [['reset', '--all'], '--yes'],
  [['history', '--limit', '0'], '0'],
  [['history', '--limit', '5000'], '5000'],
  [['version', '2'], '2'],
  [['completion'], 'shell'],
  [['completion', 'tcsh'], 'tcsh'],
]

// U4
test.concurrent.for(badLines)('%j is a usage error that names %j and changes nothing', async ([line, named], { expect: check }) => {
  await using user = new CoveUser()
  const { code, stdout, stderr } = await user.run(line)
  check(stderr).toMatch(/^cove: .+\n( {2}hint: .+\n)?$/)
  check(stderr).toContain(named)
  check(stdout).toBe('')
  check(code).toBe(2)
  check(readdirSync(user.dir, { recursive: true })).toEqual(['work'])
})

test('with --json a usage error is a document on stdout', async () => {
  await using user = new CoveUser()
  const { code, stdout, stderr } = await user.run(['status', '--json', '--frobnicate'])
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'usage.invalid', message: expect.stringContaining('--frobnicate') } })
  expect([code, stderr]).toEqual([2, ''])
})
