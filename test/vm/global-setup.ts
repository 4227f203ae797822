import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { TestProject } from 'vitest/node'
import { checkout } from '#scripts/checkout.ts'
import { dockerCliFolder } from '#scripts/docker-cli/folder.ts'
import { authorityName, makeAuthority } from '../fixtures/registry/certificates.ts'
import { coveEnv, type SharedCove } from './fixtures/run.ts'

const hostBundle = '/etc/ssl/certs/ca-certificates.crt'
const startLimitMs = 10 * 60_000

/** Boots one vm for all specs, as a user would: `cove start --wait` in a home of its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Short, because unix sockets lie in it.
  const root = await mkdtemp(join(tmpdir(), 'cv-'))
  const shared: SharedCove = {
    home: join(root, 'h'),
    userHome: join(root, 'user'),
    dockerConfig: join(root, 'docker'),
    trusted: join(root, 'trusted.pem'),
    authorityFolder: root,
    dockerSocket: join(root, 'h', 'docker.sock'),
    docker: join(dockerCliFolder(), 'docker'),
    cli: join(checkout, 'dist/cli/cove.mjs'),
    node: process.execPath,
  }
  if (!existsSync(shared.docker)) throw new Error(`there is no "${shared.docker}": run scripts/fetch-docker-cli.ts`)
  const authority = await makeAuthority(root, authorityName)
  await writeFile(shared.trusted, Buffer.concat([await readFile(hostBundle).catch(() => Buffer.alloc(0)), await readFile(authority.certificate)]))
  await Promise.all([mkdir(shared.userHome), mkdir(shared.dockerConfig)])
  await writeFile(join(shared.dockerConfig, 'config.json'), JSON.stringify({ cliPluginsExtraDirs: [join(dockerCliFolder(), 'cli-plugins')] }))
  const cove = (...args: string[]) =>
    execa(shared.node, [shared.cli, ...args], { env: coveEnv(shared), extendEnv: false, timeout: startLimitMs, all: true })
  const started = performance.now()
  await cove('start', '--wait')
  await untilImageIsLoaded(shared)
  console.log(`vm up in ${((performance.now() - started) / 1000).toFixed(1)} s, home ${shared.home}`)
  project.provide('cove', shared)
  return async () => {
    await cove('reset', '--all', '--yes')
    await rm(root, { recursive: true, force: true })
  }
}

/** Waits for Docker's own word that the welcome image is there: the guest loads it just after the first start of a disk. */
async function untilImageIsLoaded({ docker, ...shared }: SharedCove): Promise<void> {
  const events = execa(docker, ['events', '--since', '0', '--filter', 'event=load', '--format', '{{.Action}}'], {
    env: coveEnv({ docker, ...shared }),
    extendEnv: false,
    reject: false,
    timeout: 60_000,
    buffer: false,
  })
  try {
    await once(events.stdout, 'data')
  } finally {
    events.kill('SIGKILL')
    await events
  }
}
