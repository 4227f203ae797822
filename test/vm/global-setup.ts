import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { TestProject } from 'vitest/node'
import { checkout } from '#scripts/checkout.ts'
import { coveEnv, type SharedCove } from './fixtures/run.ts'

const startLimitMs = 10 * 60_000

/** Boots one vm for all specs, as a user would: `cove start --wait` in a home of its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Short, because unix sockets lie in it.
  const root = await mkdtemp(join(tmpdir(), 'cv-'))
  const shared: SharedCove = {
    home: join(root, 'h'),
    userHome: join(root, 'user'),
    dockerConfig: join(root, 'docker'),
    dockerSocket: join(root, 'h', 'docker.sock'),
    docker: dockerProgram(),
    cli: join(checkout, 'dist/cli/cove.mjs'),
    node: process.execPath,
  }
  await Promise.all([mkdir(shared.userHome), mkdir(shared.dockerConfig)])
  const cove = (...args: string[]) =>
    execa(shared.node, [shared.cli, ...args], { env: coveEnv(shared), extendEnv: false, timeout: startLimitMs, all: true })
  const started = performance.now()
  await cove('start', '--wait')
  console.log(`vm up in ${((performance.now() - started) / 1000).toFixed(1)} s, home ${shared.home}`)
  project.provide('cove', shared)
  return async () => {
    await cove('reset', '--all', '--yes')
    await rm(root, { recursive: true, force: true })
  }
}

/** The docker CLI that scripts/fetch-docker-cli.ts put into resources/bin. */
function dockerProgram(): string {
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64'
  return process.env['COVE_TEST_DOCKER'] ?? join(checkout, `resources/bin/linux-${arch}/docker`)
}
