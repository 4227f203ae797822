import { existsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { listProcesses, listTree, processesNaming } from '../fixtures/host.ts'
import { cove, coveOk, status } from '../fixtures/run.ts'

// Named to be the last story of all: it leaves nothing to run another on.
describe('cove reset', () => {
  it('U2 reset --all lists what it deletes, and afterwards nothing is left', async () => {
    const { home, dockerConfig } = inject('cove')
    await coveOk(['context', 'use'])
    const config = await readFile(`${dockerConfig}/config.json`, 'utf8')
    expect(config).toContain('"cove"')
    const before = await listTree(home)
    const { engine, vm } = await status()
    const planned = JSON.parse(await coveOk(['reset', '--all', '--dry-run', '--json'])) as { items: { path: string }[]; deleted: boolean }
    expect(planned.deleted).toBe(false)
    const isListed = (path: string): boolean => planned.items.some((item) => path === item.path || path.startsWith(`${item.path}/`))
    expect(before.filter(({ path }) => !isListed(path))).toEqual([])
    const contextFolder = planned.items.map(({ path }) => path).find((path) => path.startsWith(dockerConfig)) ?? ''
    expect(existsSync(contextFolder)).toBe(true)
    expect((await cove(['reset', '--all'])).exitCode).toBe(2)
    expect(await status()).toMatchObject({ state: 'running', vm: { pid: vm?.pid } })
    await coveOk(['reset', '--all', '--yes'])
    expect(before.filter(({ path }) => existsSync(path))).toEqual([])
    expect(existsSync(home)).toBe(false)
    expect(existsSync(contextFolder)).toBe(false)
    expect(await readdir(dirname(home))).not.toContain('h')
    // What was the user's stays, our entry goes.
    const kept = JSON.parse(await readFile(`${dockerConfig}/config.json`, 'utf8')) as Record<string, unknown>
    expect(kept['cliPluginsExtraDirs']).toBeDefined()
    expect(kept['currentContext']).not.toBe('cove')
    expect(await processesNaming(home)).toEqual([])
    expect((await processesNaming('')).map(({ pid }) => pid)).not.toContain(engine?.pid)
  })

  it('by hand, with rm -rf of the home, ends its engine and vm too, and the next start is a new one', async () => {
    const { home } = inject('cove')
    await coveOk(['start', '--wait'], { timeoutMs: 280_000 })
    const { engine, vm } = await status()
    const [enginePid, vmPid] = [engine?.pid ?? 0, vm?.pid ?? 0]
    await rm(home, { recursive: true, maxRetries: 3 })
    await coveOk(['start'])
    await expect.poll(async () => (await listProcesses()).map(({ pid }) => pid).filter((pid) => pid === enginePid || pid === vmPid), { timeout: 5000 }).toEqual([])
    expect((await status()).engine?.pid).not.toBe(enginePid)
    await coveOk(['reset', '--all', '--yes'])
    expect(await processesNaming(home)).toEqual([])
  })
})
