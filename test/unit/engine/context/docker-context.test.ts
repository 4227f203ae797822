import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { contextMetaDir, ownContextDir, removeContext, useContext } from '#engine/context/docker-context.ts'
import { tempDir, type TempDir } from '../../base/temp-dir.ts'

const socket = '/home/ann/.cove/docker.sock'

interface Docker extends TempDir {
  config: string
  write(text: string): void
  read(): string
}

/** A docker configuration folder of its own. */
function dockerDir(text?: string): Docker {
  const dir = tempDir()
  const config = dir.at('config.json')
  const docker = { ...dir, config, write: (content: string) => writeFileSync(config, content), read: () => readFileSync(config, 'utf8') }
  if (text !== undefined) docker.write(text)
  return docker
}

/** Every file below a folder with its content. */
function snapshot(dir: string): Record<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(files.map((entry) => [join(entry.parentPath, entry.name), readFileSync(join(entry.parentPath, entry.name), 'utf8')]))
}

function writeMeta(dir: string, text: string, name = 'cove'): void {
  mkdirSync(contextMetaDir(dir, name), { recursive: true })
  writeFileSync(join(contextMetaDir(dir, name), 'meta.json'), text)
}

const formats: [string, string][] = [
  ['docker\'s own', '{\n\t"auths": {\n\t\t"r.io": {\n\t\t\t"auth": "eDp5"\n\t\t}\n\t},\n\t"credsStore": "desktop"\n}'],
  ['one line', '{"auths":{},"detachKeys":"ctrl-a"}'],
  ['four spaces, a last newline', '{\n    "auths": {},\n    "proxies": { "default": { "httpProxy": "http://p" } }\n}\n'],
  ['Windows line ends', '{\r\n\t"auths": {}\r\n}\r\n'],
  ['odd spacing', '{ "a" :1,\n\n"b":[ 1,2 ]   }\n\n'],
  ['an empty object', '{}'],
  ['an empty object over lines', '{\n}\n'],
  ['other letters', '{"HttpHeaders":{"x":"ü\\u00fc€"}}'],
]

describe('other entries', () => {
  test.each(formats)('and formatting are kept byte for byte in %s', async (_name, text) => {
    await using docker = dockerDir(text)
    await useContext(docker.path, socket)
    const used = docker.read()
    expect(JSON.parse(used)).toEqual({ ...(JSON.parse(text) as object), currentContext: 'cove' })
    for (const line of text.split(/\r?\n/).filter((part) => /"/.test(part) && !/[{}]$/.test(part))) expect(used).toContain(line.replace(/,$/, ''))
    await removeContext(docker.path, socket)
    expect(docker.read()).toBe(text)
  })

  test('and the former current context, wherever it stood, come back byte for byte', async () => {
    const text = '{\n  "currentContext": "colima",\n  "auths": {}\n}'
    await using docker = dockerDir(text)
    writeMeta(docker.path, '{"Name":"colima"}', 'colima')
    await useContext(docker.path, socket)
    expect(docker.read()).toBe(text.replace('colima', 'cove'))
    await removeContext(docker.path, socket)
    expect(docker.read()).toBe(text)
  })

  test('and other contexts stay when the context is made and removed', async () => {
    await using docker = dockerDir('{}')
    writeMeta(docker.path, '{"Name":"other","Metadata":{},"Endpoints":{}}', 'other')
    const before = snapshot(docker.path)
    await useContext(docker.path, socket)
    await removeContext(docker.path, socket)
    expect(snapshot(docker.path)).toEqual(before)
  })
})

test('without any configuration one is made, private, and nothing of it is left after removal', async () => {
  await using docker = dockerDir()
  const path = docker.at('deep', 'docker')
  const result = await useContext(path, socket)
  expect(result).toEqual({ name: 'cove', host: `unix://${socket}`, isCurrent: true, changed: true })
  expect(statSync(path).mode & 0o777).toBe(0o700)
  expect(statSync(join(path, 'config.json')).mode & 0o777).toBe(0o600)
  await removeContext(path, socket)
  expect(snapshot(path)).toEqual({})
})

test('what the user adds to a configuration we made is kept on removal', async () => {
  await using docker = dockerDir()
  await useContext(docker.path, socket)
  docker.write('{"currentContext":"cove","auths":{"r.io":{}}}')
  await removeContext(docker.path, socket)
  expect(docker.read()).toBe('{"auths":{"r.io":{}}}')
})

test('using it twice changes nothing the second time, removing it twice neither', async () => {
  await using docker = dockerDir('{"currentContext":"default"}')
  await useContext(docker.path, socket)
  const once = snapshot(docker.path)
  expect(await useContext(docker.path, socket)).toMatchObject({ changed: false, isCurrent: true })
  expect(snapshot(docker.path)).toEqual(once)
  expect(await removeContext(docker.path, socket)).toMatchObject({ changed: true, isCurrent: false })
  expect(docker.read()).toBe('{"currentContext":"default"}')
  expect(await removeContext(docker.path, socket)).toMatchObject({ changed: false })
})

test('a second home takes the context over and still knows what was current before both', async () => {
  await using docker = dockerDir('{"currentContext":"default"}')
  await useContext(docker.path, socket)
  expect(await useContext(docker.path, '/other/docker.sock')).toMatchObject({ host: 'unix:///other/docker.sock', changed: true })
  await removeContext(docker.path, '/other/docker.sock')
  expect(docker.read()).toBe('{"currentContext":"default"}')
})

test('another context that the user chose since stays chosen on removal', async () => {
  await using docker = dockerDir('{"currentContext":"default"}')
  await useContext(docker.path, socket)
  docker.write('{"currentContext":"mine"}')
  await removeContext(docker.path, socket)
  expect(docker.read()).toBe('{"currentContext":"mine"}')
})

test('a former current context that is gone is not brought back', async () => {
  await using docker = dockerDir('{"currentContext":"gone","auths":{}}')
  await useContext(docker.path, socket)
  await removeContext(docker.path, socket)
  expect(JSON.parse(docker.read())).toEqual({ auths: {} })
})

test('a context of that name that Cove did not make is a conflict, left as it is and never removed', async () => {
  await using docker = dockerDir('{"auths":{}}')
  writeMeta(docker.path, '{"Name":"cove","Metadata":{"Description":"mine"},"Endpoints":{"docker":{"Host":"tcp://x:1"}}}')
  const before = snapshot(docker.path)
  await expect(useContext(docker.path, socket)).rejects.toMatchObject({ code: 'context.conflict', message: expect.stringContaining('tcp://x:1'), hint: 'Remove it with: docker context rm cove' })
  expect(await removeContext(docker.path, socket)).toMatchObject({ changed: false })
  expect(await ownContextDir(docker.path)).toBeUndefined()
  expect(snapshot(docker.path)).toEqual(before)
})

test.each(['{', '[]', 'null', '{"a":1,}', '{"a":1} // note', '"x"', '\u0000', '{"currentContext":"a","currentContext":"b"}'])(
  'a config.json that holds %j is reported and untouched',
  async (text) => {
    await using docker = dockerDir(text)
    await expect(useContext(docker.path, socket)).rejects.toMatchObject({ code: 'context.file-broken', message: expect.stringContaining(docker.config) })
    expect(docker.read()).toBe(text)
  },
)

test('a broken description of the context is reported and untouched', async () => {
  await using docker = dockerDir('{}')
  writeMeta(docker.path, '{')
  const before = snapshot(docker.path)
  await expect(useContext(docker.path, socket)).rejects.toMatchObject({ code: 'context.file-broken', message: expect.stringContaining('meta.json') })
  await expect(removeContext(docker.path, socket)).rejects.toMatchObject({ code: 'context.file-broken' })
  expect(snapshot(docker.path)).toEqual(before)
})

test('a config.json that breaks after use stops the removal before anything is lost', async () => {
  await using docker = dockerDir('{}')
  await useContext(docker.path, socket)
  docker.write('{')
  const before = snapshot(docker.path)
  await expect(removeContext(docker.path, socket)).rejects.toMatchObject({ code: 'context.file-broken' })
  expect(snapshot(docker.path)).toEqual(before)
})

test('a symlinked config.json stays a link, and its target keeps its mode', async () => {
  await using docker = dockerDir()
  const target = docker.at('dotfiles.json')
  writeFileSync(target, '{"auths":{}}')
  chmodSync(target, 0o640)
  symlinkSync(target, docker.config)
  await useContext(docker.path, socket)
  expect(lstatSync(docker.config).isSymbolicLink()).toBe(true)
  expect(JSON.parse(readFileSync(target, 'utf8'))).toEqual({ auths: {}, currentContext: 'cove' })
  expect(statSync(target).mode & 0o777).toBe(0o640)
})

test('a folder that cannot be written is said so', async () => {
  await using docker = dockerDir()
  writeFileSync(docker.at('file'), '')
  await expect(useContext(docker.at('file', 'docker'), socket)).rejects.toMatchObject({ code: expect.stringMatching(/^(file\.unwritable|context\.file-broken)$/) })
})

test('a Windows pipe is named the way docker writes it', async () => {
  await using docker = dockerDir('{}')
  expect(await useContext(docker.path, '\\\\.\\pipe\\cove-1-docker')).toMatchObject({ host: 'npipe:////./pipe/cove-1-docker' })
})

const realDocker = ['/usr/local/bin/docker', '/usr/bin/docker'].find((path) => existsSync(path)) ?? ''

describe.skipIf(realDocker === '')('the real docker CLI', () => {
  const run = (docker: Docker, args: string[]) => execa(realDocker, args, { env: { DOCKER_CONFIG: docker.path }, extendEnv: false, reject: false })

  test('shows, lists and has selected what we wrote', async () => {
    await using docker = dockerDir('{"auths":{}}')
    await useContext(docker.path, socket)
    expect((await run(docker, ['context', 'show'])).stdout).toBe('cove')
    const { stdout } = await run(docker, ['context', 'ls', '--format', '{{json .}}'])
    const contexts = stdout.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(contexts.find(({ Name }) => Name === 'cove')).toMatchObject({ DockerEndpoint: `unix://${socket}`, Current: true, Description: 'Cove' })
    expect(JSON.parse((await run(docker, ['context', 'inspect', 'cove'])).stdout)).toMatchObject([{ Name: 'cove' }])
  })

  test('goes by our restoring, and we know the context it made and selected', async () => {
    await using docker = dockerDir()
    await run(docker, ['context', 'create', 'theirs', '--docker', 'host=tcp://127.0.0.1:1'])
    await run(docker, ['context', 'use', 'theirs'])
    const before = snapshot(docker.path)
    await useContext(docker.path, socket)
    expect((await run(docker, ['context', 'show'])).stdout).toBe('cove')
    await removeContext(docker.path, socket)
    expect(snapshot(docker.path)).toEqual(before)
    expect((await run(docker, ['context', 'show'])).stdout).toBe('theirs')
  })

  test('leaves no empty folders behind, and folders with something in them alone', async () => {
    await using fresh = dockerDir('{}')
    await useContext(fresh.path, socket)
    await removeContext(fresh.path, socket)
    expect(existsSync(join(fresh.path, 'contexts'))).toBe(false)
    await run(fresh, ['context', 'create', 'theirs', '--docker', 'host=tcp://127.0.0.1:1'])
    await useContext(fresh.path, socket)
    await removeContext(fresh.path, socket)
    expect((await run(fresh, ['context', 'inspect', 'theirs'])).exitCode).toBe(0)
  })

  test('can remove the context by itself', async () => {
    await using docker = dockerDir('{}')
    await useContext(docker.path, socket)
    await run(docker, ['context', 'rm', '--force', 'cove'])
    expect(existsSync(dirname(join(contextMetaDir(docker.path), 'meta.json')))).toBe(false)
    expect(await removeContext(docker.path, socket)).toMatchObject({ changed: false })
  })

  test('a conflict made by docker is recognised', async () => {
    await using docker = dockerDir()
    await run(docker, ['context', 'create', 'cove', '--docker', 'host=tcp://127.0.0.1:1'])
    await expect(useContext(docker.path, socket)).rejects.toMatchObject({ code: 'context.conflict' })
  })
})
