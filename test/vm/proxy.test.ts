import { readFile } from 'node:fs/promises'
import { execa } from 'execa'
import { describe, expect, inject, it } from 'vitest'
import { refusedName, startForwardProxy, unansweredName } from '../fixtures/proxy/forward-proxy.ts'
import { authorityName, openAuthority } from '../fixtures/registry/certificates.ts'
import { startRegistry } from '../fixtures/registry/registry.ts'
import { image, removeLater, startContainer, uniqueName } from './fixtures/containers.ts'
import { listProcesses, listTree, temporaryFolder } from './fixtures/host.ts'
import { coveOk, docker, dockerOk, execaOptions } from './fixtures/run.ts'
import { dockerStartsAgain, setting, settingWithRestart } from './fixtures/settings.ts'

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

    // Docker starts again for a new proxy, but cuts no build off.
    const building = await startBuild()
    await using _proxy = await settingWithRestart('proxy.https', `http://someone:${canary}@127.0.0.1:${proxy.port}`)
    expect((await building.ended).exitCode).toBe(0)
    const hung = docker(['pull', `${unansweredName}/x`])
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

    // What it refuses, does not answer, or cannot as it is gone: each a clear error with a limit, and without its password.
    const refused = await docker(['pull', `${refusedName}/x`])
    expect(refused.stderr).toContain('Proxy Authentication Required')
    expect((await hung).stderr).toMatch(/https:\/\/unanswered\.behind\.test.*(timeout|deadline exceeded|Timeout)/)
    for (const { exitCode, stderr } of [refused, await hung]) expect([exitCode, stderr.includes(canary)]).toEqual([1, false])
    await proxy[Symbol.asyncDispose]()
    const { exitCode, stderr } = await docker(['pull', tag])
    expect(exitCode).not.toBe(0)
    expect(stderr).toMatch(/proxyconnect tcp: .*connection refused/)
    expect(stderr).not.toContain(canary)
  })
})

it.runIf(process.platform === 'linux')('H4 the proxy of the desktop\'s settings reaches Docker when it is set, and goes with it', async () => {
  const proxies = (): Promise<string> => dockerOk(['info', '--format', '{{.HTTPProxy}} {{.HTTPSProxy}} {{.NoProxy}}'])
  expect(await proxies()).toBe('')
  {
    await using _proxy = await desktopProxy(3128)
    expect(await proxies()).toMatch(/^http:\/\/10\.0\.2\.2:3128 http:\/\/10\.0\.2\.2:3129 .*corp\.example/)
  }
  expect(await proxies()).toBe('')
})

/** GNOME's settings of the user whose engine it is, until the end of the scope; Docker has started with them when this resolves. */
async function desktopProxy(port: number): Promise<AsyncDisposable> {
  const { userHome } = inject('cove')
  const set = async (script: string): Promise<void> => {
    await using runtime = await temporaryFolder()
    await using restarted = await dockerStartsAgain()
    await execa('dbus-run-session', ['--', 'sh', '-ec', script], { env: { HOME: userHome, XDG_RUNTIME_DIR: runtime.path, PATH: '/usr/bin:/bin' }, extendEnv: false })
    await restarted.happened
  }
  await set(`s=org.gnome.system.proxy
    for kind in http https; do gsettings set $s.$kind host 127.0.0.1; done
    gsettings set $s.http port ${port}; gsettings set $s.https port ${port + 1}
    gsettings set $s ignore-hosts "['*.corp.example']"; gsettings set $s mode manual`)
  return { [Symbol.asyncDispose]: () => set('gsettings set org.gnome.system.proxy mode none') }
}

/** A build in the middle of a step of some seconds; `ended` is what came of it. */
async function startBuild() {
  const build = execa(inject('cove').docker, ['build', '--no-cache', '--progress=plain', '-'], { ...execaOptions(), input: `FROM ${image}\nRUN sleep 5\n`, timeout: 120_000 })
  const isThere = Promise.withResolvers<void>()
  let said = ''
  build.stderr.on('data', (text: Buffer) => (said += text.toString()).includes('RUN sleep') && isThere.resolve())
  await Promise.race([isThere.promise, build])
  return { ended: build }
}

/** The steps of builds have the proxy, and containers while the setting says so, with the next one; no image and no container keeps it. */
async function coversContainers(url: string): Promise<void> {
  const given = `HTTPS_PROXY=${url}`
  const name = uniqueName('behind')
  await using _image = removeLater('image', name)
  const built = await docker(['build', '--no-cache', '--progress=plain', '-t', name, '-'], { input: `FROM ${image}\nRUN env\nRUN echo "own $https_proxy"\nENV https_proxy=none\nRUN echo "own $https_proxy $HTTPS_PROXY."\n` })
  expect(built.stderr).toContain(given)
  expect(built.stderr).toContain(`own ${url}`)
  expect(built.stderr).toContain('own none .')
  expect(await dockerOk(['run', '--rm', image, 'env'])).not.toContain('HTTPS_PROXY')
  {
    await using _setting = await setting('proxy.containers', 'true')
    await using running = await startContainer(['sleep', '900'])
    expect(await dockerOk(['run', '--rm', image, 'env'])).toContain(given)
    expect(await dockerOk(['exec', running.name, 'env'])).toContain(given)
    expect(await dockerOk(['run', '--rm', '-e', 'HTTPS_PROXY=', image, 'sh', '-c', 'echo "own $https_proxy$HTTPS_PROXY."'])).toBe('own .')
    for (const kept of [['inspect', running.name], ['inspect', name], ['history', '--no-trunc', name]]) expect(await dockerOk(kept)).not.toContain(canary)
  }
  expect(await dockerOk(['run', '--rm', image, 'env'])).not.toContain('HTTPS_PROXY')
}

/** What lies in COVE_HOME, without the disk; the settings hold what the user put there. */
async function ownFiles(): Promise<string[]> {
  const entries = await listTree(inject('cove').home)
  const files = entries.filter(({ kind, path }) => kind === 'file' && !path.includes('/disk/') && !path.endsWith('settings.json'))
  return await Promise.all(files.map(({ path }) => readFile(path, 'latin1')))
}
