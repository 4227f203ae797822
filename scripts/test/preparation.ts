import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { checkout } from '../checkout.ts'

/** What a step in the background did: its exit code, what it printed, and how long it took. */
export interface Prepared {
  code: number
  output: string
  ms: number
}

/** Runs one of our scripts in the background, behind whatever else wants the processor, and keeps what it prints. */
async function runScript(file: string, ...args: string[]): Promise<Prepared> {
  const began = performance.now()
  const child = execa(process.execPath, [join(checkout, 'scripts', file), ...args], { all: true, reject: false, stdin: 'ignore' })
  // The checks beside it measure times.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW)
  const { exitCode, all } = await child
  return { code: exitCode ?? 1, output: all, ms: performance.now() - began }
}

/** Builds the guest image and fetches the docker cli, one after the other: what the vm tests need beside the sources. */
export async function prepareVmTests(): Promise<Prepared> {
  const image = await runScript('guest/build.ts')
  if (image.code !== 0) return image
  const docker = await runScript('fetch-docker-cli.ts')
  return { code: docker.code, output: `${image.output}\n${docker.output}`, ms: image.ms + docker.ms }
}
