import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, inject, it } from 'vitest'
import { image, removeLater, startContainer, uniqueName } from '../fixtures/containers.ts'
import { endEngine, untilStatus } from '../fixtures/engine.ts'
import { listProcesses, listTree, temporaryFolder } from '../fixtures/host.ts'
import { freePort, get, listPorts } from '../fixtures/ports.ts'
import { coveOk, docker, dockerOk, status } from '../fixtures/run.ts'
import { spawnDocker } from '../fixtures/running.ts'

describe('the engine ends, the vm goes on', () => {
  it('S2 P10 kill -9 of the engine leaves containers running and ports open, and the next status re-attaches', async () => {
    const port = await freePort()
    await using container = await startContainer(['httpd', '-f', '-p', '80', '-h', '/etc'], ['-p', `${port}:80`])
    await expect.poll(() => get(port, '127.0.0.1', '/hostname'), { timeout: 20_000 }).toBe('HTTP/1.1 200 OK')
    await using waiting = spawnDocker(['wait', container.name])
    const startedAt = await dockerOk(['inspect', '-f', '{{.State.StartedAt}}', container.name])
    const before = await status()
    process.kill(before.engine?.pid ?? 0, 'SIGKILL')
    // Its connection is gone with the engine: it says so instead of waiting for ever.
    expect((await waiting.exited).exitCode).not.toBe(0)
    const killed = performance.now()
    expect(await get(port, '127.0.0.1', '/hostname')).toBe('HTTP/1.1 200 OK')
    await coveOk(['status'])
    await using running = await untilStatus(({ state }) => state === 'running')
    await running.happened
    console.log(`re-attached ${Math.round(performance.now() - killed)} ms after kill -9 of the engine`)
    expect(await get(port, '::1', '/hostname')).toBe('HTTP/1.1 200 OK')
    expect((await listPorts()).map(({ hostAddress, hostPort, state }) => [hostAddress, hostPort, state])).toEqual([
      ['127.0.0.1', port, 'open'],
      ['::1', port, 'open'],
    ])
    const now = await status()
    expect(now.engine?.pid).not.toBe(before.engine?.pid)
    expect(now.vm).toMatchObject({ pid: before.vm?.pid })
    expect(await dockerOk(['inspect', '-f', '{{.State.Running}} {{.State.StartedAt}}', container.name])).toBe(`true ${startedAt}`)
  })

  it('X5 secrets in the environment, a proxy URL and a registry login are in no log, bundle, history or process list', async () => {
    const canaries = { run: 'canary-run-58213', proxy: 'canary-proxy-90417', login: 'canary-login-33871', build: 'canary-build-71120' }
    await endEngine()
    const proxy = `http://user:${canaries.proxy}@127.0.0.1:9`
    const env = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, http_proxy: proxy }
    await coveOk(['start'], { env })
    await coveOk(['config', 'set', 'log.level', 'debug'])
    await useSecrets(canaries)
    await using folder = await temporaryFolder()
    const bundle = join(folder.path, 'bundle.tar.gz')
    await coveOk(['diagnose', '--output', bundle])
    const files = (await listTree(inject('cove').home)).filter(({ kind, path }) => kind === 'file' && !path.includes('/disk/'))
    const texts = await Promise.all(files.map(async ({ path }): Promise<[string, string]> => [path, await readFile(path, 'latin1')]))
    const inGuest = 'cat /run/cove/log/*.log; cat /proc/[0-9]*/cmdline | tr "\\0" " "'
    const commandLines = (await listProcesses()).map(({ pid, commandLine }): [string, string] => [`process ${pid}`, commandLine])
    const places: [string, string][] = [...texts, ...commandLines, ['bundle', gunzipSync(await readFile(bundle)).toString('latin1')], ['logs', await coveOk(['logs'])], ['docker info', await dockerOk(['info'])], ['guest', await coveOk(['shell', '--', 'sh', '-c', inGuest])]]
    const key = (await readFile(join(inject('cove').home, 'keys', 'client_ed25519'), 'utf8')).split('\n')[2] ?? 'no key'
    const secrets = [...Object.values(canaries), key]
    const isKeyItself = (place: string, secret: string): boolean => secret === key && place.includes('/keys/')
    const leaks = places.flatMap(([place, text]) => secrets.filter((secret) => text.includes(secret) && !isKeyItself(place, secret)).map((secret) => `${secret} in ${place}`))
    await coveOk(['config', 'unset', 'log.level'])
    expect(places.length).toBeGreaterThan(10)
    expect(leaks).toEqual([])
  })
})

/** Hands each canary to Docker the way a user would. */
async function useSecrets(canaries: { run: string; login: string; build: string }): Promise<void> {
  const tag = uniqueName('secret')
  await using _image = removeLater('image', tag)
  await using registry = await refusingRegistry()
  await using folder = await temporaryFolder()
  await dockerOk(['run', '--rm', '-e', `TOKEN=${canaries.run}`, image, 'true'])
  // Goes through the vm: Docker asks the registry on the host's loopback, which says 401.
  const login = await docker(['login', '-u', 'someone', '--password-stdin', `10.0.2.2:${registry.port}`], { input: `${canaries.login}\n`, env: { DOCKER_CONFIG: folder.path } })
  expect(login.exitCode).not.toBe(0)
  const built = await docker(['build', '-q', '-t', tag, '--build-arg', `TOKEN=${canaries.build}`, '-'], { input: `FROM ${image}\nARG TOKEN\nRUN test -n "$TOKEN"\n`, timeoutMs: 240_000 })
  expect(built.exitCode, built.stderr).toBe(0)
}

async function refusingRegistry(): Promise<AsyncDisposable & { port: number }> {
  const server: Server = createServer((_request, response) => response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
