import { createRouterClient, ORPCError } from '@orpc/server'
import { isContractProcedure } from '@orpc/contract'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CoveError } from '#contract/errors.ts'
import { contract } from '#contract/index.ts'
import type { EngineApi } from '#base/engine-client.ts'
import { createRouter } from '#engine/handlers/router.ts'
import { startTestEngine, type TestEngine } from '../unit/engine/test-engine.ts'

/** Every call of the contract as `noun.verb`. */
function callsOf(node: object, path: readonly string[] = []): string[] {
  if (isContractProcedure(node)) return [path.join('.')]
  return Object.entries(node).flatMap(([name, child]) => callsOf(child as object, [...path, name]))
}

const calls = callsOf(contract)

test('calls are named noun.verb', () => {
  expect(calls.length).toBeGreaterThan(20)
  for (const call of calls) expect(call).toMatch(/^[a-z]+\.[a-z]+$/)
})

test('the router implements every call of the contract and no other', async () => {
  await using engine = await startTestEngine()
  const router = createRouter(engine.parts) as unknown as Record<string, Record<string, unknown>>
  const implemented = Object.entries(router).flatMap(([noun, verbs]) => Object.keys(verbs).map((verb) => `${noun}.${verb}`))
  expect(implemented.toSorted()).toEqual(calls.toSorted())
})

test('a call that the running engine does not know names the other version and what to do', async () => {
  await using engine = await startTestEngine()
  await using client = await engine.connect()
  const newer = client.api as unknown as { engine: { hibernate(): Promise<unknown> } }
  await expect(newer.engine.hibernate()).rejects.toMatchObject({ code: 'engine.other-version', hint: expect.stringContaining('cove stop --engine') as string })
})

/** What a call came to, in a form that does not depend on how it travelled. */
type Outcome = { value: unknown } | { code: string; message: string }

async function outcomeOf(work: Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await work }
  } catch (error) {
    if (error instanceof CoveError) return { code: error.code, message: error.message }
    if (error instanceof ORPCError) return { code: error.code === 'BAD_REQUEST' ? 'usage.invalid' : error.code, message: '' }
    throw error
  }
}

async function itemsOf(stream: Promise<AsyncIterable<unknown>>): Promise<unknown[]> {
  return Array.fromAsync(await stream)
}

async function firstOf(stream: Promise<AsyncIterable<unknown>>): Promise<unknown> {
  for await (const item of await stream) return item
  return undefined
}

type Case = (api: EngineApi, engine: TestEngine) => Promise<unknown>

const onlySettings = { networks: [], volumes: [], images: [], projects: [], settings: true }

const oneContainer = ['get', 'start', 'stop', 'restart', 'pause', 'unpause', 'kill', 'rename', 'loss', 'remove', 'spec', 'samples', 'files', 'changes', 'read', 'write'] as const

const oneImage = ['get', 'sizes', 'tag', 'loss', 'remove'] as const
const oneVolume = ['get', 'sizes', 'create', 'remove', 'empty', 'files'] as const
const oneNetwork = ['get', 'create', 'remove', 'connect', 'disconnect'] as const

/** How a task ended. */
async function endOf(api: EngineApi, { task }: { task: number }): Promise<unknown> {
  return (await itemsOf(api.task.follow({ task }))).at(-1)
}

/** At least one way of calling everything; each is made on an engine of its own, in process and over the socket. */
const cases: [call: string, how: string, work: Case][] = [
  ['engine.status', 'off', (api) => api.engine.status()],
  ['engine.watch', 'first item', (api) => firstOf(api.engine.watch())],
  ['engine.figures', 'first item while the vm is off', (api) => firstOf(api.engine.figures())],
  ['engine.start', 'works', async (api) => (await api.engine.start()).state],
  ['engine.stop', 'after a start', async (api) => [(await api.engine.start()).state, (await api.engine.stop()).state]],
  ['engine.restart', 'works', async (api) => (await api.engine.restart()).state],
  ['engine.sleep', 'vm not running', (api) => api.engine.sleep()],
  ['engine.sleep', 'after a start, and awake again', async (api) => [(await api.engine.start()).state, (await api.engine.sleep()).state, (await api.engine.start()).state]],
  ['engine.pause', 'vm not running', (api) => api.engine.pause()],
  ['engine.resume', 'vm not running', (api) => api.engine.resume()],
  ['engine.shutdown', 'with the default', async (api, engine) => [await api.engine.shutdown({}), engine.exits]],
  ['engine.shutdown', 'keeping the vm', async (api, engine) => [await api.engine.shutdown({ keepVm: true }), engine.exits]],
  ['setting.list', 'defaults', (api) => api.setting.list()],
  ['setting.get', 'unknown', (api) => api.setting.get({ name: 'nope' })],
  ['setting.get', 'without a name', (api) => api.setting.get({} as { name: string })],
  ['setting.set', 'works', (api) => api.setting.set({ name: 'vm.cpus', value: '3' })],
  ['setting.set', 'bad value', (api) => api.setting.set({ name: 'vm.cpus', value: '0' })],
  ['setting.set', 'a number where text travels', (api) => api.setting.set({ name: 'vm.cpus', value: 3 as unknown as string })],
  ['setting.unset', 'works', (api) => api.setting.unset({ name: 'vm.cpus' })],
  ['disk.usage', 'without a vm', async (api) => ({ ...(await api.disk.usage()), path: '' })],
  ['disk.contents', 'vm not running', (api) => api.disk.contents()],
  ['disk.reclaim', 'vm not running', (api) => api.disk.reclaim()],
  ['disk.resize', 'negative', (api) => api.disk.resize({ sizeGiB: -1 })],
  ['disk.resize', 'fraction', (api) => api.disk.resize({ sizeGiB: 1.5 })],
  ['share.list', 'by default', async (api) => (await api.share.list()).map(({ entry, state }) => [entry, state])],
  ['share.add', 'a folder of the guest itself', (api) => api.share.add({ path: '/usr' })],
  ['share.add', 'no such folder', (api) => api.share.add({ path: '/nowhere' })],
  ['share.add', 'works', async (api) => [(await api.share.add({ path: '/opt' })).state, (await api.share.list()).map(({ entry }) => entry)]],
  ['share.remove', 'not shared', (api) => api.share.remove({ path: '/nowhere' })],
  ['share.remove', 'the home folder', async (api) => [(await api.share.remove({ path: 'home' })).path !== '', (await api.share.list()).map(({ entry }) => entry)]],
  ['log.read', 'whole', (api, engine) => (writeFileSync(engine.paths.logs.guest, 'a\nb\n'), itemsOf(api.log.read({ name: 'guest' })))],
  ['log.read', 'tail', (api, engine) => (writeFileSync(engine.paths.logs.guest, 'a\nb\n'), itemsOf(api.log.read({ name: 'guest', tail: 1 })))],
  ['log.read', 'no such log', (api) => itemsOf(api.log.read({ name: 'nope' as 'guest' }))],
  ['doctor.check', 'names', async (api) => (await api.doctor.check()).map(({ name, level }) => [name, level])],
  ['doctor.examine', 'names', async (api) => (await Array.fromAsync(await api.doctor.examine())).map(({ name, level }) => `${name} ${level}`).toSorted()],
  ['doctor.preview', 'names', async (api) => (await api.doctor.preview()).map(({ name }) => name)],
  ['setting.watch', 'first item', async (api) => ((await firstOf(api.setting.watch())) as { name: string }[]).map(({ name }) => name)],
  ['doctor.bundle', 'relative path', (api) => api.doctor.bundle({ path: 'b.tar.gz' })],
  ['context.use', 'works', async (api, engine) => ({ ...(await api.context.use({ dockerConfigDir: join(engine.paths.home, 'docker') })), host: '' })],
  ['context.remove', 'nothing there', async (api, engine) => ({ ...(await api.context.remove({ dockerConfigDir: join(engine.paths.home, 'docker') })), host: '' })],
  ['history.events', 'none', (api) => api.history.events({})],
  ['history.events', 'too many', (api) => api.history.events({ limit: 1001 })],
  ['history.tasks', 'none', (api) => api.history.tasks({ limit: 1 })],
  ['history.watch', 'first item', async (api, engine) => {
    engine.parts.store.addEvent('x', { a: 1 })
    return Object.keys((await firstOf(api.history.watch({ after: 0 }))) as object)
  }],
  ['port.list', 'without a vm', (api) => api.port.list()],
  ['reset.plan', 'bad scope', (api) => api.reset.plan({ scope: 'everything' as 'all', dockerConfigDir: '' })],
  ['reset.plan', 'data', async (api, engine) => {
    mkdirSync(engine.paths.diskDir)
    return (await api.reset.plan({ scope: 'data', dockerConfigDir: '/nowhere' })).map(({ what }) => what)
  }],
  ['reset.apply', 'data, nothing there', (api) => api.reset.apply({ scope: 'data', dockerConfigDir: '/nowhere' })],
  ['export.plan', 'settings without a vm', async (api) => [await api.setting.set({ name: 'vm.cpus', value: '3' }), await api.export.plan({ selection: onlySettings })]],
  ['export.plan', 'volumes without a vm', (api) => api.export.plan({ selection: { ...onlySettings, volumes: ['*'] } })],
  ['export.write', 'a relative path', (api) => itemsOf(api.export.write({ selection: onlySettings, path: 'x.cove' }))],
  ['export.write', 'settings, verified and imported again', async (api, engine) => {
    const path = join(engine.paths.home, 'x.cove')
    await api.setting.set({ name: 'vm.cpus', value: '3' })
    const written = (await itemsOf(api.export.write({ selection: onlySettings, path }))).slice(0, -1)
    await api.setting.unset({ name: 'vm.cpus' })
    const verified = await itemsOf(api.import.verify({ path }))
    const applied = await itemsOf(api.import.apply({ source: { type: 'archive', path }, selection: onlySettings, onConflict: 'fail', projectsDir: engine.paths.home }))
    return [written, verified, applied, (await api.setting.get({ name: 'vm.cpus' })).value]
  }],
  ['import.verify', 'no archive', (api) => itemsOf(api.import.verify({ path: '/nowhere/x.cove' }))],
  ['import.sources', 'no contexts', async (api) => (await api.import.sources({ dockerConfigDir: '/nowhere' })).filter(({ name }) => name !== 'default')],
  ['import.plan', 'no such context', (api) => api.import.plan({ source: { type: 'context', name: 'x', dockerConfigDir: '/nowhere' }, selection: onlySettings, onConflict: 'skip' })],
  ['import.apply', 'no way to treat conflicts', (api) => itemsOf(api.import.apply({ source: { type: 'archive', path: '/x' }, selection: onlySettings, onConflict: 'guess' as 'skip', projectsDir: '/' }))],
  ...(['container', 'image', 'volume', 'network', 'project'] as const).flatMap((noun): [string, string, Case][] => [
    [`${noun}.list`, 'vm not running', (api) => api[noun].list()],
    [`${noun}.list`, 'nothing there', async (api) => [(await api.engine.start()).state, await api[noun].list()]],
    [`${noun}.watch`, 'first item while the vm is off', (api) => firstOf(api[noun].watch())],
  ]),
  ...oneContainer.map((verb): [string, string, Case] => [`container.${verb}`, 'vm not running', (api) => (api.container[verb] as (input: object) => Promise<unknown>)({ id: 'x', name: 'n', path: '/p', content: '' })]),
  ['container.logs', 'vm not running', (api) => itemsOf(api.container.logs({ id: 'x' }))],
  ['container.stats', 'vm not running', (api) => itemsOf(api.container.stats({ id: 'x' }))],
  ['container.usage', 'first item while the vm is off', (api) => firstOf(api.container.usage())],
  ['container.create', 'vm not running', (api) => api.container.create({ spec: { image: 'i' } })],
  ['container.command', 'with everything that needs quoting', (api) => api.container.command({ spec: { image: 'i', name: 'n', env: [{ name: 'A', value: "it's" }], command: ['sh', '-c', 'a b'] } })],
  ['container.read', 'a relative path', (api) => api.container.read({ id: 'x', path: 'etc' })],
  ['container.run', 'fails as a task', async (api) => endOf(api, await api.container.run({ spec: { image: 'i' } }))],
  ...['container', 'volume'].map((noun): [string, string, Case] => [`${noun}.download`, 'fails as a task', async (api) => endOf(api, await (noun === 'container' ? api.container.download({ id: 'x', path: '/', to: '/nowhere/x' }) : api.volume.download({ name: 'x', path: '/', to: '/nowhere/x' })))]),
  ...['container', 'volume'].map((noun): [string, string, Case] => [`${noun}.upload`, 'fails as a task', async (api) => endOf(api, await (noun === 'container' ? api.container.upload({ id: 'x', path: '/', from: ['/x'] }) : api.volume.upload({ name: 'x', path: '/', from: ['/x'] })))]),
  ...(['container', 'project'] as const).map((noun): [string, string, Case] => [`${noun}.savelogs`, 'fails as a task', async (api) => endOf(api, await (noun === 'container' ? api.container.savelogs({ id: 'x', path: '/nowhere/x' }) : api.project.savelogs({ name: 'x', path: '/nowhere/x' })))]),
  ['task.list', 'of a task that failed', async (api) => {
    await endOf(api, await api.container.run({ spec: { image: 'i' } }))
    return (await api.task.list({})).map(({ name, subject, outcome }) => [name, subject, outcome])
  }],
  ['task.watch', 'first item', (api) => firstOf(api.task.watch())],
  ['task.follow', 'no such task', (api) => itemsOf(api.task.follow({ task: 4711 }))],
  ['task.cancel', 'no such task', (api) => api.task.cancel({ task: 4711 })],
  ...oneImage.map((verb): [string, string, Case] => [`image.${verb}`, 'vm not running', (api) => (api.image[verb] as (input: object) => Promise<unknown>)({ id: 'x', name: 'n' })]),
  ['image.pull', 'fails as a task', async (api) => endOf(api, await api.image.pull({ image: 'i' }))],
  ['image.push', 'fails as a task', async (api) => endOf(api, await api.image.push({ image: 'i' }))],
  ['image.save', 'fails as a task', async (api) => endOf(api, await api.image.save({ images: ['i'], path: '/nowhere/x' }))],
  ['image.load', 'fails as a task', async (api) => endOf(api, await api.image.load({ path: '/nowhere/x' }))],
  ...oneVolume.map((verb): [string, string, Case] => [`volume.${verb}`, 'vm not running', (api) => (api.volume[verb] as (input: object) => Promise<unknown>)({ name: 'n' })]),
  ['volume.clone', 'fails as a task', async (api) => endOf(api, await api.volume.clone({ name: 'a', to: 'b' }))],
  ['daemon.get', 'none', (api) => api.daemon.get()],
  ['daemon.check', 'what is Cove\'s own, and no JSON', async (api) => [await api.daemon.check({ text: '{\n"hosts": []}' }), (await api.daemon.check({ text: '{\n"a": 1,\n}' })).problems.map(({ line }) => line)]],
  ...(['set', 'undo'] as const).map((verb): [string, string, Case] => [`daemon.${verb}`, 'vm not running', (api) => (api.daemon[verb] as (input: object) => Promise<unknown>)({ text: '{}' })]),
  ['daemon.set', 'taken, refused, and undone', async (api, engine) => {
    await api.engine.start()
    engine.daemon.refuse = (options) => ('bip' in options ? 'invalid bip' : undefined)
    const refused = await Promise.allSettled(['{"bip": 1}', '{"hosts": []}'].map((text) => api.daemon.set({ text })))
    return [await api.daemon.set({ text: '{"debug": true}' }), refused.map(({ status }) => status), (await api.daemon.undo()).text, (await api.daemon.get()).former]
  }],
  ['volume.export', 'fails as a task', async (api) => endOf(api, await api.volume.export({ name: 'a', path: '/nowhere/x' }))],
  ['volume.import', 'fails as a task, which is remembered once', async (api) => [await endOf(api, await api.volume.import({ path: '/nowhere/x' })), (await api.task.list({})).map(({ name, outcome }) => [name, outcome])]],
  ...['etc', '/etc'].flatMap((path): [string, string, Case][] => [['volume.read', `"${path}" while the vm is not running`, (api) => api.volume.read({ name: 'x', path })], ['volume.write', `"${path}" while the vm is not running`, (api) => api.volume.write({ name: 'x', path, content: 'b' })]]),
  ['volume.create', 'a bad name', (api) => api.volume.create({ name: '../x' })],
  ...oneNetwork.map((verb): [string, string, Case] => [`network.${verb}`, 'vm not running', (api) => (api.network[verb] as (input: object) => Promise<unknown>)({ id: 'x', name: 'n', container: 'c' })]),
  ['prune.preview', 'vm not running', (api) => api.prune.preview()],
  ['prune.apply', 'fails as a task', async (api) => endOf(api, await api.prune.apply({}))],
  ...(['up', 'down', 'start', 'stop', 'restart', 'pull', 'build'] as const).map((verb): [string, string, Case] => [`project.${verb}`, 'fails as a task', async (api) => endOf(api, await api.project[verb]({ target: { folder: '/nowhere' } }))]),
  ['project.open', 'no Compose file', (api) => api.project.open({ folder: '/' })],
  ['project.folders', 'none', (api) => api.project.folders()],
  ['project.opened', 'none at first, then those that are opened', (api) => firstOf(api.project.opened())],
  ['project.forget', 'a stranger', (api) => api.project.forget({ folder: '/' })],
  ['project.check', 'without containers', (api) => api.project.check({ target: { name: 'x' } })],
  ['project.read', 'a relative folder', (api) => api.project.read({ target: { folder: 'x' } })],
  ['project.write', 'a stranger', (api) => api.project.write({ target: { name: 'x' }, path: '/etc/passwd', content: '', expected: '' })],
  ['project.logs', 'vm not running', (api) => itemsOf(api.project.logs({ name: 'x' }))],
  ['build.start', 'fails as a task', async (api) => endOf(api, await api.build.start({ folder: '/nowhere' }))],
  ['build.list', 'none', (api) => api.build.list({})],
  ['build.get', 'unknown', (api) => api.build.get({ id: 1 })],
  ['build.files', 'no such folder', (api) => api.build.files({ folder: '/nowhere' })],
  ['activity.list', 'filtered', async (api, engine) => {
    for (const kind of ['container.exited', 'engine.off', 'container.started']) engine.parts.store.addEvent(kind, { name: 'web' })
    return (await api.activity.list({ kinds: ['container'], text: 'WEB' })).map(({ kind }) => kind)
  }],
  ['activity.watch', 'first item', async (api, engine) => {
    engine.parts.store.addEvent('image.pulled', { name: 'x' })
    return Object.keys((await firstOf(api.activity.watch({ after: 0, kinds: ['image'] }))) as object)
  }],
  ['terminal.open', 'vm not running', (api) => api.terminal.open({ container: 'x', columns: 80, rows: 24 })],
  ['terminal.list', 'none', (api) => api.terminal.list({})],
  ['terminal.attach', 'no such terminal', (api) => itemsOf(api.terminal.attach({ id: 'x' }))],
  ['terminal.write', 'no such terminal', (api) => api.terminal.write({ id: 'x', base64: '' })],
  ['terminal.resize', 'no such terminal', (api) => api.terminal.resize({ id: 'x', columns: 1, rows: 1 })],
  ['terminal.close', 'no such terminal', (api) => api.terminal.close({ id: 'x' })],
]

test('the table of cases covers every call', () => {
  const covered = new Set(cases.map(([call]) => call))
  expect(calls.filter((call) => !covered.has(call))).toEqual([])
})

/** Without what differs between two engines: their homes and clocks. */
function comparable(outcome: Outcome, engine: TestEngine): unknown {
  return JSON.parse(JSON.stringify(outcome).replaceAll(engine.paths.home, 'HOME').replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')) as unknown
}

describe('in process and over the socket alike', () => {
  test.each(cases)('%s: %s', async (_call, _how, work) => {
    await using local = await startTestEngine()
    await using remote = await startTestEngine()
    await using client = await remote.connect()
    const api = createRouterClient(createRouter(local.parts), { context: {} }) as unknown as EngineApi
    const [inProcess, overSocket] = [await outcomeOf(work(api, local)), await outcomeOf(work(client.api, remote))]
    if ('code' in inProcess && inProcess.message === '') expect(overSocket).toMatchObject({ code: inProcess.code })
    else expect(comparable(overSocket, remote)).toEqual(comparable(inProcess, local))
    if ('code' in overSocket) expect(overSocket.code).not.toBe('internal.bug')
  })
})

test('input that the contract does not allow is a usage error that names what is wrong', async () => {
  await using engine = await startTestEngine()
  await using client = await engine.connect()
  await expect(client.api.disk.resize({ sizeGiB: 'x' as unknown as number })).rejects.toMatchObject({ code: 'usage.invalid', message: expect.stringMatching(/^"sizeGiB": /) })
})
