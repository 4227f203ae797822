import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { startForwardProxy } from '../fixtures/proxy/forward-proxy.ts'
import { authorityName, openAuthority } from '../fixtures/registry/certificates.ts'
import { startRegistry } from '../fixtures/registry/registry.ts'
import { image, removeLater } from './fixtures/containers.ts'
import { listProcesses, listTree, temporaryFolder } from './fixtures/host.ts'
import { coveOk, docker, dockerOk } from './fixtures/run.ts'
import { settingWithRestart } from './fixtures/settings.ts'

/** A name that nobody but the proxy knows. */
const registryName = 'registry.behind.test'
const canary = 'canary-proxy-48213'

describe('the host\'s proxy', () => {
  it('H4 X5 carries pushes, pulls and builds at once, and its password is nowhere to be read', async () => {
    await using proxy = await startForwardProxy('someone', canary)
    await using registry = await startRegistry({ name: registryName, tls: await openAuthority(inject('cove').authorityFolder, authorityName).issue(registryName) })
    const tag = `${registry.address}/welcome:h4`
    await dockerOk(['tag', image, tag])
    await using _image = removeLater('image', tag)
    expect((await docker(['push', tag])).stderr).toContain('no such host')

    await using _proxy = await settingWithRestart('proxy.https', `http://someone:${canary}@127.0.0.1:${proxy.port}`)
    await dockerOk(['push', '-q', tag])
    await dockerOk(['rmi', tag])
    await dockerOk(['pull', '-q', tag])
    expect((await docker(['build', '-q', '--pull', '-'], { input: `FROM ${tag}\n` })).exitCode).toBe(0)
    expect(new Set(proxy.served)).toEqual(new Set([`CONNECT ${registry.address}`]))

    expect(await coveOk(['config', 'get', 'proxy.https'])).toBe(`http://someone:***@127.0.0.1:${proxy.port}`)
    const inGuest = 'cat /run/cove/log/*.log; ps -ef; cat /proc/[0-9]*/cmdline | tr "\\0" " "'
    const places = [await dockerOk(['info']), await coveOk(['shell', '--', 'sh', '-c', inGuest]), await coveOk(['logs']), ...(await ownFiles()), ...(await listProcesses()).map(({ commandLine }) => commandLine)]
    expect(places.filter((text) => text.includes(canary))).toEqual([])

    await coversContainers(`http://someone:${canary}@10.0.2.2:${proxy.port}`)

    // One that is gone, like one that refuses, is a clear error; others are not asked.
    await proxy[Symbol.asyncDispose]()
    const { exitCode, stderr } = await docker(['pull', tag])
    expect(exitCode).not.toBe(0)
    expect(stderr).toMatch(/proxyconnect tcp: .*connection refused/)
    expect(stderr).not.toContain(canary)
  })
})

/** Builds and containers have the proxy while the setting and docker's context say so; the user's file is as it was after. */
async function coversContainers(url: string): Promise<void> {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'config.json')
  const before = await readFile(join(inject('cove').dockerConfig, 'config.json'), 'utf8')
  await writeFile(file, before)
  const env = { DOCKER_CONFIG: folder.path }
  const seen = async (): Promise<string[]> => [
    await dockerOk(['run', '--rm', image, 'env'], { env }),
    (await docker(['build', '--no-cache', '--progress=plain', '-'], { env, input: `FROM ${image}\nRUN env\n` })).stderr,
  ]
  await coveOk(['config', 'set', 'proxy.containers', 'true'])
  await coveOk(['context', 'use'], { env })
  for (const text of await seen()) expect(text).toContain(`HTTPS_PROXY=${url}`)
  await coveOk(['context', 'rm'], { env })
  await coveOk(['config', 'unset', 'proxy.containers'])
  for (const text of await seen()) expect(text).not.toContain('HTTPS_PROXY')
  expect(await readFile(file, 'utf8')).toBe(before)
}

/** What lies in COVE_HOME, without the disk; the settings hold what the user put there. */
async function ownFiles(): Promise<string[]> {
  const entries = await listTree(inject('cove').home)
  const files = entries.filter(({ kind, path }) => kind === 'file' && !path.includes('/disk/') && !path.endsWith('settings.json'))
  return await Promise.all(files.map(({ path }) => readFile(path, 'latin1')))
}
