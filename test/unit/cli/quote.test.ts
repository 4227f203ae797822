import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { dockerHost } from '#base/docker-host.ts'
import { commandLine, quoteForSh, setVariable, unsetVariable } from '#cli/quote.ts'

const hostile = ['', 'plain', 'a b', "it's", '"x"', '$HOME', '`id`', '\\', "\\'", 'a\nb', ';reboot', '한글', '*', '-n', '!!', 'a%b', '$(id)\\"', '~']

test('a quoted word reaches a command of sh unchanged', () => {
  const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${commandLine(hostile)}`], { encoding: 'utf8' })
  expect(stdout.split('\0').slice(0, -1)).toEqual(hostile)
})

test('words that need no quotes stay readable', () => {
  expect(quoteForSh('unix:///home/me/.cove/docker.sock')).toBe('unix:///home/me/.cove/docker.sock')
})

for (const [shell, flags] of [['sh', ['-c']], ['bash', ['-c']], ['zsh', ['-fc']], ['fish', ['-Nc']]] as const) {
  const isMissing = spawnSync(shell, ['-c', 'exit 0']).error !== undefined
  test.skipIf(isMissing)(`${shell} sets a variable to exactly the value and removes it`, () => {
    for (const value of hostile) {
      const { stdout } = spawnSync(shell, [...flags, `${setVariable(shell, 'V', value)}; printf %s "$V"`], { encoding: 'utf8' })
      expect(stdout).toBe(value)
    }
    const { stdout } = spawnSync(shell, [...flags, `${unsetVariable(shell, 'V')}; env`], { encoding: 'utf8', env: { PATH: process.env['PATH'], V: 'x' } })
    expect(stdout).not.toMatch(/^V=/m)
  })
}

test('PowerShell gets its quotes doubled, typographic ones too', () => {
  expect(setVariable('powershell', 'V', "a'b\u2019c")).toBe("$Env:V = 'a''b\u2019\u2019c'")
})

test('cmd refuses what it cannot quote', () => {
  expect(setVariable('cmd', 'DOCKER_HOST', 'npipe:////./pipe/cove')).toBe('SET "DOCKER_HOST=npipe:////./pipe/cove"')
  expect(() => setVariable('cmd', 'V', '%PATH%')).toThrow(expect.objectContaining({ exitCode: 2 }))
})

test('docker is told of sockets and Windows pipes in its own form', () => {
  expect(dockerHost('/home/me/.cove/docker.sock')).toBe('unix:///home/me/.cove/docker.sock')
  expect(dockerHost('\\\\.\\pipe\\cove-1-docker')).toBe('npipe:////./pipe/cove-1-docker')
})
