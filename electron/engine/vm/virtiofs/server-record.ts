import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { readJson, writeJson } from '#base/json-file.ts'
import type { CovePaths } from '#base/paths.ts'
import { isSameProcessAlive } from '#base/process-identity.ts'
import type { VmProcess } from '../vm-process.ts'

/** What a later engine must know of a vm's virtiofs servers. */
const ServerRecord = z.object({
  servers: z.array(z.object({ tag: z.string().regex(/^cove\d+$/), folder: z.string(), process: z.object({ pid: z.int().positive(), started: z.string() }) })),
  problem: z.string().nullable(),
})
export type ServerRecord = z.infer<typeof ServerRecord>

/** The socket that breaks when a server ends. */
export function lifelineOf({ runDir }: CovePaths, tag: string): string {
  return join(runDir, tag)
}

/** The record; an empty one when there is none that can be understood. */
export async function readServers({ virtiofsRecord }: CovePaths): Promise<ServerRecord> {
  const parsed = ServerRecord.safeParse(await readJson(virtiofsRecord).catch(() => undefined))
  return parsed.success ? parsed.data : { servers: [], problem: null }
}

/** Writes the record of these servers. */
export async function writeServers({ virtiofsRecord }: CovePaths, { servers, problem }: { servers: readonly { tag: string; folder: string; process: VmProcess }[]; problem: string | null }): Promise<void> {
  await writeJson(virtiofsRecord, { servers: servers.map(({ tag, folder, process }) => ({ tag, folder, process: process.identity })), problem } satisfies ServerRecord)
}

/** Removes the record and what belongs to its servers. */
export async function removeServers(paths: CovePaths): Promise<void> {
  const { servers } = await readServers(paths)
  await Promise.all([...servers.map(({ tag }) => rm(lifelineOf(paths, tag), { force: true })), rm(paths.virtiofsRecord, { force: true })])
}

/** Ends what a vm that is gone left running: servers that wait for a QEMU that never came. */
export async function endLeftServers(paths: CovePaths): Promise<void> {
  const { servers } = await readServers(paths)
  for (const { process: identity } of servers) if (await isSameProcessAlive(identity)) process.kill(identity.pid, 'SIGKILL')
  await removeServers(paths)
}
