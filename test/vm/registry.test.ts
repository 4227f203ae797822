import { once } from 'node:events'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { execa } from 'execa'
import { describe, expect, inject, it } from 'vitest'
import { authorityName, makeAuthority, openAuthority } from '../fixtures/registry/certificates.ts'
import { registryUser, startRegistry } from '../fixtures/registry/registry.ts'
import { image, removeLater, startContainer, uniqueName } from './fixtures/containers.ts'
import { temporaryFolder } from './fixtures/host.ts'
import { docker, dockerOk, execaOptions, status } from './fixtures/run.ts'
import { openBusWithoutKeychain, openKeychain } from './fixtures/keychain.ts'
import { dockerStartsAgain, setting, settingWithRestart } from './fixtures/settings.ts'
import { randomImage } from './fixtures/random-image.ts'

const hostName = 'host.docker.internal'

describe('a registry on the host\'s loopback', () => {
  it('R1 without TLS is used once the setting names it, at once and without a restart', async () => {
    await using registry = await startRegistry()
    const tag = `${registry.address}/welcome:r1`
    await dockerOk(['tag', image, tag])
    await using _image = removeLater('image', tag)
    await using running = await startContainer(['sleep', '900'])
    const refused = await docker(['push', tag])
    expect(refused.exitCode).not.toBe(0)
    expect(refused.stderr).toContain('server gave HTTP response to HTTPS client')
    await using _setting = await setting('registry.insecure', registry.address)
    await untilInsecure(registry.address)
    await dockerOk(['push', '-q', tag])
    await dockerOk(['rmi', tag])
    expect(await dockerOk(['run', '--rm', tag, 'echo', 'pulled'])).toBe('pulled')
    expect(await dockerOk(['inspect', '-f', '{{.State.Running}}', running.name])).toBe('true')
  })

  it('R2 H5 with a certificate of an authority that the host trusts is trusted, others are not', async () => {
    await using folder = await temporaryFolder()
    const trusted = openAuthority(inject('cove').authorityFolder, authorityName)
    const other = await makeAuthority(folder.path, 'other')
    await using registry = await startRegistry({ tls: await trusted.issue(hostName) })
    await using foreign = await startRegistry({ tls: await other.issue(hostName) })
    const [tag, foreignTag] = [`${registry.address}/welcome:r2`, `${foreign.address}/welcome:r2`]
    await using _image = removeLater('image', tag)
    await using _foreignImage = removeLater('image', foreignTag)
    for (const each of [tag, foreignTag]) await dockerOk(['tag', image, each])
    await dockerOk(['push', '-q', tag])
    await dockerOk(['rmi', tag])
    await dockerOk(['pull', '-q', tag])
    expect((await docker(['push', foreignTag])).stderr).toContain('certificate signed by unknown authority')

    {
      await using _running = await startContainer(['sleep', '900'])
      await using _setting = await setting('ca.extraFile', other.certificate)
      expect((await status()).warnings.join()).toContain('when it starts again')
      expect((await docker(['push', foreignTag])).stderr).toContain('certificate signed by unknown authority')
    }
    expect((await status()).warnings.join()).not.toContain('when it starts again')
    await using _setting = await settingWithRestart('ca.extraFile', other.certificate)
    await dockerOk(['push', '-q', foreignTag])
    // BuildKit pulls by itself.
    const built = await docker(['build', '-q', '--pull', '-'], { input: `FROM ${foreignTag}\n` })
    expect(built).toMatchObject({ exitCode: 0 })
    await reachesContainers(await readFile(other.certificate, 'utf8'))
  })

  it('H5 of an authority that the host trusts from now on is trusted at once, and no longer than that', async () => {
    await using folder = await temporaryFolder()
    const other = await makeAuthority(folder.path, 'later')
    await using registry = await startRegistry({ tls: await other.issue(hostName) })
    const tag = `${registry.address}/welcome:h5`
    await using _image = removeLater('image', tag)
    await dockerOk(['tag', image, tag])
    expect((await docker(['push', tag])).stderr).toContain('certificate signed by unknown authority')
    {
      await using _trust = await hostTrusts(other.certificate)
      await dockerOk(['push', '-q', tag])
      // So do the steps of builds, without a setting. BuildKit clips what a step prints: the step looks by itself.
      const line = (await readFile(other.certificate, 'utf8')).split('\n')[1] ?? ''
      const dockerfile = `FROM ${image}\nRUN grep -qxF "${line}" "$SSL_CERT_FILE"\n`
      expect(await docker(['build', '-q', '--no-cache', '-'], { input: dockerfile })).toMatchObject({ exitCode: 0 })
    }
    expect((await docker(['push', tag])).stderr).toContain('certificate signed by unknown authority')
  })

  it('R4 tells the progress of a pull while it goes on, also beside a registry that hangs', async () => {
    await using hanging = await hangingRegistry()
    const hung = docker(['pull', hanging.address])
    await using registry = await startRegistry()
    await using _setting = await setting('registry.insecure', registry.address)
    await untilInsecure(registry.address)
    const tag = `${registry.address}/${uniqueName('big')}:v1`
    await using _image = removeLater('image', tag)
    await load(tag, 24)
    await dockerOk(['push', '-q', tag])
    await dockerOk(['rmi', tag])
    const progress = await pullProgress(tag)
    const downloading = progress.filter(({ message }) => message['status'] === 'Downloading')
    expect(new Set(downloading.map(({ message }) => JSON.stringify(message['progressDetail']))).size).toBeGreaterThan(3)
    const [first, last] = [downloading[0], progress.at(-1)]
    expect(JSON.stringify(last?.message)).toContain('Downloaded newer image')
    expect((last?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThan(50)
    const { exitCode, stderr } = await hung
    expect(exitCode).not.toBe(0)
    expect(stderr).toMatch(/timeout|Timeout|deadline/)
  })
})

/** Replaces the host's bundle, as its own tools do, until the end of the scope; Docker has started again when this resolves. */
async function hostTrusts(certificate: string): Promise<AsyncDisposable> {
  const { trusted } = inject('cove')
  const before = await readFile(trusted)
  const replace = async (bundle: Buffer): Promise<void> => {
    await using restarted = await dockerStartsAgain()
    await writeFile(`${trusted}.new`, bundle)
    await rename(`${trusted}.new`, trusted)
    await restarted.happened
  }
  await replace(Buffer.concat([before, await readFile(certificate)]))
  return { [Symbol.asyncDispose]: () => replace(before) }
}

/** By setting, new containers, what is executed in them and the steps of builds trust what the host does; it leaves no trace in images. */
async function reachesContainers(certificate: string): Promise<void> {
  const given = 'cat "$SSL_CERT_FILE"'
  await using before = await startContainer(['sleep', '900'])
  await using _setting = await setting('ca.containers', 'true')
  await using after = await startContainer(['sleep', '900'])
  const dockerfile = `FROM ${image}\nRUN ${given} > /seen\n`
  const name = uniqueName('trusting')
  await using _image = removeLater('image', name)
  expect((await docker(['build', '-q', '-t', name, '-'], { input: dockerfile })).exitCode).toBe(0)
  const seen = await dockerOk(['run', '--rm', name, 'sh', '-c', `${given} && cmp /seen "$SSL_CERT_FILE"`])
  expect(seen).toContain(certificate.trim())
  expect(seen.split('BEGIN CERTIFICATE').length).toBeGreaterThan(100)
  expect(await dockerOk(['exec', after.name, 'sh', '-c', given])).toBe(seen)
  expect(await dockerOk(['exec', before.name, 'sh', '-c', 'echo "$SSL_CERT_FILE."'])).toBe('.')
  expect(await dockerOk(['diff', after.name])).toBe('')
}

describe('a login', () => {
  it('R3 lies in the host\'s keychain while it lasts and nowhere else, and nothing works without it', async () => {
    await using keychain = await openKeychain()
    await using registry = await startRegistry({ isPrivate: true })
    await using _setting = await setting('registry.insecure', registry.address)
    await untilInsecure(registry.address)
    const tag = `${registry.address}/welcome:r3`
    await dockerOk(['tag', image, tag])
    await using _image = removeLater('image', tag)
    const { name, password } = registryUser
    const login = ['login', '-u', name, '--password-stdin', registry.address]
    const { env, config } = keychain

    expect((await docker(['push', tag], { env })).stderr).toContain('no basic auth credentials')
    expect((await docker(login, { env, input: 'wrong' })).stderr).toContain('401')
    expect(await docker(login, { env, input: password })).toMatchObject({ exitCode: 0, stderr: '' })
    await dockerOk(['push', '-q', tag], { env })
    expect(await keychain.secretOf(registry.address)).toBe(password)
    const auth = Buffer.from(`${name}:${password}`).toString('base64')
    for (const secret of [password, auth]) expect(await config()).not.toContain(secret)

    await dockerOk(['logout', registry.address], { env })
    expect(await keychain.secretOf(registry.address)).toBe('')
    expect((await docker(['push', tag], { env })).exitCode).not.toBe(0)

    // Without a keychain there is no login, rather than one in plain text.
    const refused = await docker(login, { env: keychain.envWithout, input: password })
    expect(refused.exitCode).not.toBe(0)
    expect(refused.stderr).toContain('rror saving credentials')
    for (const secret of [password, auth]) expect(await config()).not.toContain(secret)
  })

  it('R3 is not asked for where there is no keychain and none is needed: pulls, builds and runs go on', async () => {
    await using keychain = await openKeychain()
    await using bare = await openBusWithoutKeychain()
    await using registry = await startRegistry()
    await using _setting = await setting('registry.insecure', registry.address)
    await untilInsecure(registry.address)
    const tag = `${registry.address}/welcome:r3-public`
    await using _image = removeLater('image', tag)
    await dockerOk(['tag', image, tag])
    for (const env of [keychain.envWithout, bare.env, keychain.env]) {
      await dockerOk(['push', '-q', tag], { env })
      await dockerOk(['rmi', tag])
      expect(await dockerOk(['run', '--rm', tag, 'echo', 'pulled'], { env })).toBe('pulled')
      expect(await docker(['build', '-q', '--pull', '-'], { env, input: `FROM ${tag}\n` })).toMatchObject({ exitCode: 0 })
    }
    const helper = join(dirname(inject('cove').docker), 'docker-credential-secretservice')
    for (const env of [keychain.envWithout, bare.env]) expect((await execa(helper, ['list'], { env, extendEnv: false })).stdout).toBe('{}')
  })
})

/** A server that takes connections and says nothing. */
async function hangingRegistry(): Promise<AsyncDisposable & { address: string }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => void sockets.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    address: `${hostName}:${typeof address === 'object' && address ? address.port : 0}/x`,
    [Symbol.asyncDispose]: async () => {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

/** Docker re-reads its file in its own time; told by itself. */
async function untilInsecure(address: string): Promise<void> {
  await expect.poll(() => dockerOk(['info', '--format', '{{json .RegistryConfig.IndexConfigs}}']), { timeout: 20_000 }).toContain(address)
}

async function load(tag: string, mebibytes: number): Promise<void> {
  const loading = execa(inject('cove').docker, ['load', '-q'], { ...execaOptions(), stdin: 'pipe' })
  await pipeline(randomImage(tag, mebibytes), loading.stdin)
  expect((await loading).exitCode).toBe(0)
}

/** The messages of a pull with the time each came, from Docker's API. */
async function pullProgress(tag: string): Promise<{ atMs: number; message: Record<string, unknown> }[]> {
  const asked = request({ socketPath: inject('cove').dockerSocket, method: 'POST', path: `/images/create?fromImage=${encodeURIComponent(tag)}` }).end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const messages: { atMs: number; message: Record<string, unknown> }[] = []
  for await (const line of createInterface({ input: response })) messages.push({ atMs: performance.now(), message: JSON.parse(line) as Record<string, unknown> })
  return messages
}
